"""What is scanned: sources of the packages of the development environment, and notebooks made of them."""

import base64
import json
import shutil
import site
from collections.abc import Iterator
from pathlib import Path
from random import Random

SIZE = 22_000_000
"""Bytes of a corpus."""

CELLS = 50
"""Of a notebook."""


def corpora(folder: Path) -> dict[str, Path]:
    """Trees by name, written once."""
    made = {
        "python": _copied(folder / "python", (".py", ".pyi")),
        "mixed": _copied(
            folder / "mixed", (".py", ".js", ".md", ".json", ".yml", ".yaml", ".txt", ".css", ".map", ".html")
        ),
        "notebooks": folder / "notebooks",
        "small": _copied(folder / "small", (".py",), 300_000),
    }
    if not made["notebooks"].exists():
        _notebooks(made["python"], made["notebooks"])
    return made


def _copied(target: Path, endings: tuple[str, ...], size: int = SIZE) -> Path:
    """Files of the installed packages, from all of them alike."""
    if target.exists():
        return target
    source = Path(site.getsitepackages()[0])
    files = [path for path in sorted(source.rglob("*")) if path.suffix in endings and path.is_file()]
    Random(1).shuffle(files)  # noqa: S311 - the same choice every time
    for path in files:
        if size <= 0:
            break
        if path.stat().st_size <= SIZE // 10:
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
            size -= place.stat().st_size
    return target


def _notebooks(sources: Path, target: Path) -> None:
    """A cell per screen of code, every fifth with a picture as its output."""
    random = Random(2)  # noqa: S311 - pictures that are none
    target.mkdir(parents=True)
    size, number = SIZE, 0
    for cells in _cells(sources, random):
        text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
        (target / f"{number:03}.ipynb").write_text(text)
        size, number = size - len(text), number + 1
        if size <= 0:
            return


def _cells(sources: Path, random: Random) -> Iterator[list[dict[str, object]]]:
    cells: list[dict[str, object]] = []
    for path in sorted(sources.rglob("*.py")):
        lines = path.read_text(errors="replace").splitlines(keepends=True)
        for start in range(0, len(lines), 30):
            outputs = [_picture(random)] if len(cells) % 5 == 0 else []
            cells.append(
                {
                    "cell_type": "code",
                    "execution_count": len(cells),
                    "id": f"{random.getrandbits(32):08x}",
                    "metadata": {},
                    "outputs": outputs,
                    "source": lines[start : start + 30],
                }
            )
            if len(cells) == CELLS:
                yield cells
                cells = []


def _picture(random: Random) -> dict[str, object]:
    data = base64.b64encode(random.randbytes(60_000)).decode()
    return {
        "output_type": "display_data",
        "data": {"image/png": data, "text/plain": ["<Figure>"]},
        "metadata": {},
    }
