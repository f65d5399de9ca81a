"""The example service on a machine of its own: images with its packages, a repository, a pipeline."""

import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import ImageNotFound

from drone_plugin.testing.spec import Author
from kit.builders import Build, build
from kit.console import phase
from kit.drone.checkout import git_environment
from kit.engine import Engine
from kit.errors import KitError
from kit.images import INPUTS_LABEL
from kit.paths import ROOT
from kit.wheelhouse import Target, download, requirements_for, target_of

EXAMPLE = ROOT / "examples" / "digits"
LOCK = EXAMPLE / "requirements.txt"
CHECKS_LOCK = EXAMPLE / "requirements-dev.txt"
BRANCH = "main"
BASE_IMAGE = "drone-ml-example-base:local"
CHECKS_IMAGE = "drone-ml-example-checks:local"
LEFT_OUT = ("__pycache__", ".*_cache", "*.egg-info", ".venv", ".drone-ml", "mlruns", "*.db")

# What Databricks' own bases look like to the example's Dockerfile: an environment in /databricks/python3.
# Installed apart and copied over, so that the wheels stay behind; compiled but for the libraries' own tests.
DOCKERFILE = """\
ARG BASE
FROM ${BASE} AS build
RUN [ -e /databricks/python3 ] || python3 -m venv /databricks/python3
COPY requirements.txt *.whl /build/
RUN set -eu; \\
    /databricks/python3/bin/python -m pip install --quiet --no-cache-dir --no-compile \\
        --disable-pip-version-check --prefix /added --no-index --find-links /build \\
        --require-hashes -r /build/requirements.txt; \\
    /databricks/python3/bin/python -m compileall -q -j 0 -x /tests/ -s /added -p /databricks/python3 /added

FROM ${BASE}
RUN [ -e /databricks/python3 ] || python3 -m venv /databricks/python3
COPY --from=build /added /databricks/python3
ENV PATH=/databricks/python3/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
"""

# The second commit is the example as it is. In the first one, this line of this file is still another.
CHANGED_FILE = "src/digits/train.py"
CHANGED = ('"--c", type=float, default=10.0', '"--c", type=float, default=1.0')
FIRST_MESSAGE = "Read handwritten digits"
SECOND_MESSAGE = "Regularise less: digits are clean [train]\n\nThe log loss falls by a quarter."
DATES = ("2026-01-05T09:00:00+00:00", "2026-01-05T10:30:00+00:00")

Replacement = tuple[str, str]


@dataclass(frozen=True)
class Commit:
    """A commit of the example's repository."""

    sha: str
    message: str


@dataclass(frozen=True)
class ExampleRepository:
    """A git repository with the example on its branch: `plain` asks for nothing, `asking` for a training."""

    path: Path
    plain: Commit
    asking: Commit


def ensure_example_base(engine: Engine, base: str) -> str:
    """The base of the example's image with the locked packages in it, so that its build needs no network.

    Raises:
        KitError: the packages cannot be fetched or installed.
    """
    return _ensure(engine, BASE_IMAGE, base, LOCK)


def ensure_checks_image(engine: Engine, base: str) -> str:
    """What stands for `python:3.11-slim` in the example's pipeline, with all that its checks install.

    Raises:
        KitError: as for the base.
    """
    below = ensure_example_base(engine, base)
    return _ensure(engine, CHECKS_IMAGE, below, CHECKS_LOCK, LOCK)


def example_repository(folder: Path, pipeline: str) -> ExampleRepository:
    """Make the repository in an empty folder, with `pipeline` as its `.drone.yml`.

    The same content gives the same commits, always: their dates are fixed.

    Raises:
        KitError: git fails, or the example has no such line to change.
    """
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)
    (folder / ".drone.yml").write_text(pipeline, encoding="utf-8")
    _git(folder, "-c", f"init.defaultBranch={BRANCH}", "init", "--quiet")
    changed = folder / CHANGED_FILE
    today = changed.read_text(encoding="utf-8")
    changed.write_text(_replaced(today, CHANGED), encoding="utf-8")
    plain = _commit(folder, FIRST_MESSAGE, DATES[0])
    changed.write_text(today, encoding="utf-8")
    return ExampleRepository(folder, plain, _commit(folder, SECOND_MESSAGE, DATES[1]))


def demo_replacements(registry: str, host: str, tracking_uri: str) -> list[Replacement]:
    """What has to change in the example's pipeline for servers of this machine: addresses, nothing else."""
    return [
        (" registry.example.com/", f" {registry}/"),
        ("insecure_registry: false", "insecure_registry: true"),  # its address begins with http://
        ("host: https://acme.cloud.databricks.com", f"host: {host}"),
        ("mlflow_tracking_uri: databricks", f"mlflow_tracking_uri: {tracking_uri}"),
        ("BASE: databricksruntime/python:15.4-LTS", f"BASE: {BASE_IMAGE}"),
    ]


def demo_pipeline(text: str, registry: str, host: str, tracking_uri: str) -> str:
    """The example's `.drone.yml` with the addresses of this machine's servers in it.

    Raises:
        KitError: the file has not the addresses that are to be replaced.
    """
    for replacement in demo_replacements(registry, host, tracking_uri):
        text = _replaced(text, replacement)
    return text


def _replaced(text: str, replacement: Replacement) -> str:
    old, new = replacement
    if old not in text:
        raise KitError(f"the example has no `{old.strip()}` that `{new.strip()}` could replace")
    return text.replace(old, new)


def _ensure(engine: Engine, name: str, base: str, lock: Path, installed: Path | None = None) -> str:
    """`base` with a lock's packages in it, of which those of `installed` are there already."""
    client = engine.client()
    inputs = _inputs_key(client, base, lock)
    with suppress(ImageNotFound):
        if client.images.get(name).labels.get(INPUTS_LABEL) == inputs:
            return name
    target = target_of(client, base)
    with tempfile.TemporaryDirectory(prefix="wheels-") as folder:
        with phase(f"Fetching the packages of {name}"):
            download(_missing(lock, installed, target), target, Path(folder))
        with phase(f"Building {name}"):
            arguments, labels = {"BASE": base}, {INPUTS_LABEL: inputs}
            build(client, Build(_context(lock, Path(folder)), "Dockerfile", name, arguments, labels))
    return name


def _inputs_key(client: docker.DockerClient, base: str, lock: Path) -> str:
    parts = [DOCKERFILE, str(client.images.get(base).id), lock.read_text(encoding="utf-8")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _missing(lock: Path, installed: Path | None, target: Target) -> str:
    there = set(requirements_for(installed, target)) if installed else set()
    return "".join(f"{line}\n" for line in requirements_for(lock, target) if line not in there)


def _context(lock: Path, wheels: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in _context_files(lock, wheels):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _context_files(lock: Path, wheels: Path) -> Iterator[tuple[str, bytes]]:
    yield "Dockerfile", DOCKERFILE.encode()
    yield "requirements.txt", lock.read_bytes()
    for wheel in sorted(wheels.iterdir()):
        yield wheel.name, wheel.read_bytes()


def _commit(folder: Path, message: str, date: str) -> Commit:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--no-verify", "--message", message, date=date)
    return Commit(_git(folder, "rev-parse", "HEAD").strip(), message)


def _git(folder: Path, *arguments: str, date: str = "") -> str:
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=git_environment(Author()) | dates,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise KitError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")
    return done.stdout
