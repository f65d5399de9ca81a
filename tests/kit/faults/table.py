"""The table of what came of each fault."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

from kit.paths import BUILD

FILE: Final = BUILD / "faults.txt"
_WIDEST: Final = 90


@dataclass(frozen=True)
class Row:
    """One line."""

    fault: str
    runs: int
    exit_code: int
    mlflow: str
    seconds: str
    last_line: str


def write_table(rows: Sequence[Row], path: Path = FILE) -> None:
    """Write the rows under their heads, in columns."""
    heads = tuple(field.name.replace("_", " ") for field in fields(Row))
    lines = [heads, *(tuple(_short(cell) for cell in astuple(row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    path.write_text(f"{text}\n", encoding="utf-8")


def _short(cell: object) -> str:
    text = str(cell)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
