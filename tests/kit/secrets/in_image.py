"""The image run on a workspace with variables of one's own, on the host's network, where its forge is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docker.errors import NotFound
from docker.models.containers import Container

from kit.drone.checkout import archive
from kit.engine import Engine
from kit.paths import ROOT

MARK = "/drone/src/was-run"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ran:
    """How it ended, and what it printed."""

    code: int
    raw: bytes
    marked: bool
    """Whether the file MARK was there at the end: what should not run would have made it."""

    @property
    def log(self) -> str:
        """Its output as text, without colours."""
        return _COLOUR.sub("", self.raw.decode("utf-8", "replace"))

    @property
    def words(self) -> str:
        """The range that it says it scans."""
        rows = [line for line in self.log.splitlines() if line.startswith("scanning ")]
        return rows[0].removeprefix("scanning ") if rows else ""

    @property
    def found(self) -> str:
        """The new findings, or what it says in their place."""
        rows = [line.strip() for line in self.log.splitlines()]
        rows = [line for line in rows if line.startswith(("found ", "error: "))]
        return rows[0].partition(" ")[2].strip() if rows else ""


def run_in_image(
    engine: Engine, image: str, workspace: Path, variables: Mapping[str, str], *, user: str = ""
) -> Ran:
    """Run it to its end, as the image's own user where none is given."""
    container = engine.client().containers.create(
        image,
        environment={"CI": "true", "DRONE_WORKSPACE": "/drone/src", **variables},
        working_dir="/drone/src",
        network_mode="host",
        user=user,
    )
    try:
        container.put_archive("/drone/src", archive(workspace))
        container.start()
        code = int(container.wait(timeout=120)["StatusCode"])
        return Ran(code, container.logs(), _is_there(container, MARK))
    finally:
        container.remove(force=True)


def _is_there(container: Container, path: str) -> bool:
    try:
        container.get_archive(path)
    except NotFound:
        return False
    return True


def write_table(name: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """What the tests have seen, for people, below `.build/`."""
    text = "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))
    (ROOT / ".build" / name).parent.mkdir(exist_ok=True)
    (ROOT / ".build" / name).write_text(text + "\n", encoding="utf-8")
