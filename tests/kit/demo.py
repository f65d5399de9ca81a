"""`make demo`: two commits of the example go through its own pipeline, the second one trains.

DEMO_KEEP=0 ends at once instead of keeping the MLflow server up; DEMO_YES=1 answers every question with yes.
"""

import os
import re
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from drone_plugin import read_build, spell_duration
from drone_plugin.testing import build
from drone_plugin.testing.spec import BuildSpec, RepoSpec
from kit.address import port_or_free
from kit.base_image import ensure_base_image
from kit.console import phase, say
from kit.dockerd import DATA
from kit.dockerd import HOST as PRIVATE_ENGINE
from kit.drone.result import PipelineResult
from kit.engine import ensure_engine
from kit.errors import KitError
from kit.example import EXAMPLE, demo_pipeline, demo_replacements, ensure_checks_image, example_repository
from kit.images import build_images
from kit.paths import BUILD
from kit.registry_client import Credentials
from kit.stage import Ports, Stage, running_stage
from model_chain import TrainingRecord, summary

RECORDS = BUILD / "demo"
"""What MLflow has recorded in all demos so far, so that model versions count on."""

REPO = RepoSpec(namespace="team", name="digits")
PORTS = (15050, 15051, 15052)
"""Where registry, MLflow and stand-in listen if they can: the pipeline holds their addresses, so that the
same ones give the same commits in every demo."""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CHECKS = "python:3.11-slim"
"""The image of the example's own checks; a local one with the same packages takes its place."""


def demo() -> None:
    """Set everything up, run both commits, print the chain of the second.

    Raises:
        KitError: the machine lacks something, or a pipeline did not end as it should.
    """
    started = time.monotonic()
    engine = ensure_engine()
    with phase("Preparing the images"):
        base = ensure_base_image(engine)
        build_images(engine, base)
        images = {CHECKS: ensure_checks_image(engine, base)}
    login = Credentials("drone", secrets.token_urlsafe(12))
    with ExitStack() as running:
        with phase("Starting registry, MLflow and the stand-in for Databricks"):
            ports = Ports(*map(port_or_free, PORTS))
            servers = running_stage(engine, RECORDS, images=DATA / "registry", login=login, ports=ports)
            stage = running.enter_context(servers)
        scratch = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="drone-ml-demo-")))
        result, trained = _run_both(Demo(stage, images, login), scratch / "digits")
        say(f"\nTrained in {spell_duration(time.monotonic() - started)} from the start of the demo.\n")
        _print_chain(result, trained, stage)
        if os.environ.get("DEMO_KEEP", "1") != "0":
            _keep(stage)
    if engine.started_by_us or engine.docker_host == PRIVATE_ENGINE:
        say("The private Docker engine stays up for the next time; stop it with: make engine-stop")


@dataclass(frozen=True)
class Demo:
    """What both pipelines share."""

    stage: Stage
    images: Mapping[str, str]
    login: Credentials

    def run(self, pipeline: str, made: BuildSpec, repository: Path) -> PipelineResult:
        """Run a commit's pipeline, its log printed as it comes.

        Raises:
            KitError: it failed.
        """
        say(f"\n━━ Build {made.number}: {made.message.splitlines()[0]} ({made.commit[:8]})")
        lines = Lines()
        result = self.stage.run(
            pipeline,
            made,
            repository,
            secrets={"registry_password": self.login.password},
            images=self.images,
            on_text=lines.add,
        )
        lines.finish()
        for step in result.steps:
            say(f"   {step.name:<12} {step.status.value:<8} {spell_duration(step.seconds):>8}")
        if not result.passed:
            raise KitError(f"build {made.number} of the demo failed; its log is above")
        return result


class Lines:
    """Prints what steps say, whole lines with the step's name before them; steps may run side by side."""

    def __init__(self) -> None:
        self._begun: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, step: str, text: str) -> None:
        """Print the lines that are complete now."""
        with self._lock:
            shown = text if sys.stdout.isatty() else COLOUR.sub("", text)
            *whole, self._begun[step] = (self._begun.get(step, "") + shown).split("\n")
            for line in whole:
                say(f"[{step}] {line}")

    def finish(self) -> None:
        """Print lines that were never ended."""
        for step, rest in self._begun.items():
            if rest:
                say(f"[{step}] {rest}")


def _run_both(demo: Demo, folder: Path) -> tuple[PipelineResult, BuildSpec]:
    """The example's history: a commit that is only checked, then one that says [train]."""
    stage = demo.stage
    addresses = (stage.registry.address, stage.workspace.url, stage.mlflow.url)
    say("The pipeline is examples/digits/.drone.yml, with the addresses of this machine's servers in it:")
    for old, new in demo_replacements(*addresses):
        say(f"   {old.strip():<45} → {new.strip()}")
    pipeline = demo_pipeline((EXAMPLE / ".drone.yml").read_text(encoding="utf-8"), *addresses)
    repository = example_repository(folder, pipeline)
    plain, asking = repository.plain, repository.asking
    first, second = _next_builds()
    demo.run(pipeline, build.push(plain.sha, plain.message, number=first, repo=REPO), folder)
    trained = build.push(asking.sha, asking.message, before=plain.sha, number=second, repo=REPO)
    return demo.run(pipeline, trained, folder), trained


def _next_builds() -> tuple[int, int]:
    """Numbers that go on from the last demo's, as a server's do: an old number would be no new training."""
    kept = RECORDS / "last-build"
    last = int(kept.read_text(encoding="ascii")) if kept.exists() else 0
    RECORDS.mkdir(parents=True, exist_ok=True)
    kept.write_text(str(last + 2), encoding="ascii")
    return last + 1, last + 2


def _print_chain(result: PipelineResult, trained: BuildSpec, stage: Stage) -> None:
    """From the commit to the model version, as `.drone-ml/training.json` of the second build has it."""
    record = TrainingRecord.model_validate(result.json(".drone-ml/training.json"))
    rows = [
        *summary(record, read_build(result.step("train").environment)),
        ("mlflow server", stage.mlflow.url),
    ]
    say(f"What build {trained.number} has left:")
    for name, value in rows:
        say(f"   {name:<14}  {value}")


def _keep(stage: Stage) -> None:
    """Let people look around until they have seen enough."""
    say(f"\nLook at the run in MLflow: {stage.mlflow.url} — Enter or Ctrl-C ends it.")
    with suppress(KeyboardInterrupt, EOFError):
        input()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        demo()
    except KitError as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
