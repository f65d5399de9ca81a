"""`make demo`: two commits of the example go through its own pipeline, the second one trains.

DEMO_KEEP=0 ends at once instead of keeping the MLflow server up; DEMO_YES=1 answers every question with yes.
"""

import os
import tempfile
import time
from pathlib import Path

from kit.base_image import ensure_base_image
from kit.console import say
from kit.drone import build
from kit.drone.spec import RepoSpec
from kit.engine import ensure_engine
from kit.example import demo_pipeline, ensure_example_base, example_repository
from kit.images import build_images
from kit.paths import BUILD, ROOT

DATA = BUILD / "demo"
"""What MLflow recorded in all demos so far: model versions count on."""

REPO = RepoSpec(namespace="team", name="digits")
PIPELINE = ROOT / "examples" / "digits" / ".drone.yml"
MATCHING_COLUMNS = 12


def demo() -> None:
    """Set everything up, run both commits, print the chain of the second.

    Raises:
        KitError: the machine lacks something, or a pipeline did not end as it should.
    """
    started = time.monotonic()
    engine = ensure_engine()
    base = ensure_base_image(engine)
    build_images(engine, base)
    example_base = ensure_example_base(engine, base)
    with tempfile.TemporaryDirectory(prefix="drone-ml-demo-") as scratch, _stage(engine) as stage:
        repository = example_repository(Path(scratch) / "digits")
        pipeline = demo_pipeline(
            PIPELINE.read_text(encoding="utf-8"),
            registry=stage.registry.address,
            host=stage.workspace.url,
            tracking_uri=stage.mlflow.url,
        )
        checked = build.push(repository.plain, repository.plain_message, number=1, repo=REPO)
        trained = build.push(
            repository.train, repository.train_message, before=repository.plain, number=2, repo=REPO
        )
        for made in (checked, trained):
            result = _run(stage, pipeline, made, repository.path, example_base)
        _conclude(result, trained, stage, time.monotonic() - started)
        if os.environ.get("DEMO_KEEP", "1") != "0":
            _wait()
    say(
        f"the engine was left as it is: {engine.docker_host}; `make engine-stop` stops it"
        if engine.started_by_us
        else ""
    )
