"""The text of a Jupyter notebook by cell: what people wrote and what was printed, never images and ids."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = object


@dataclass(frozen=True)
class Cell:
    """A piece of text of a notebook."""

    name: str
    """For people: `cell 3`, `cell 3 output`, `notebook metadata`; cells count from 1."""
    text: str
    first_line: int = 1
    """The number of its first line in what `name` names."""

    @property
    def ending(self) -> str:
        """What to put behind the notebook's path, so that what was printed is not taken for code."""
        return ".txt" if self.name.endswith(_OUTPUT) else ""


_OUTPUT = " output"


def cells(text: str) -> Iterator[Cell]:
    """The texts of a notebook, however it is laid out.

    Raises ValueError when it is no notebook: then it is to be scanned as any other file.
    """
    try:
        notebook = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply for a notebook") from None
    if not isinstance(notebook, dict):
        raise ValueError("a notebook is a JSON object")  # noqa: TRY004 - of a text
    sheets = [notebook, *_dicts(notebook.get("worksheets"))]  # nbformat 3 has its cells in sheets
    if not any(isinstance(sheet.get("cells"), list) for sheet in sheets):
        raise ValueError("a notebook has cells")
    number = 0
    for sheet in sheets:
        for cell in _dicts(sheet.get("cells")):
            number += 1
            yield from _of_cell(cell, f"cell {number}")
    yield from _of_metadata(notebook.get("metadata"), "notebook metadata")


def _of_cell(cell: dict[str, Json], name: str) -> Iterator[Cell]:
    source = _text(cell.get("source", cell.get("input")))
    if source:
        yield Cell(name, source)
    line = 1
    for output in _dicts(cell.get("outputs")):
        for text in _of_output(output):
            yield Cell(f"{name}{_OUTPUT}", text, line)
            line += text.count("\n") + (not text.endswith("\n"))
    yield from _of_metadata(cell.get("metadata"), f"{name} metadata")


def _of_output(output: dict[str, Json]) -> Iterator[str]:
    """What an output prints: streams, tracebacks, and of the rest what is text."""
    printed = (_text(output.get("text")), _lines(output.get("traceback")), _text(output.get("evalue")))
    yield from filter(None, printed)
    data = output.get("data")
    for kind, value in data.items() if isinstance(data, dict) else ():
        if _is_text(kind):
            text = json.dumps(value) if isinstance(value, dict) else _text(value)
            if text:
                yield text


# The kinds of data that hold text. The states of widgets are ids, the plots' JSON is numbers.
_TEXTS = frozenset({"application/json", "application/javascript", "application/xml"})


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind in _TEXTS


# Metadata that holds what is not for reading, or only ids.
_NO_TEXT = frozenset(
    {"widgets", "id", "kernelspec", "language_info", "interpreter", "vscode", "colab", "toc", "outputId",
     "cell_id", "execution", "signature", "papermill", "ExecuteTime", "nbpresent", "image", "hash",
     "commandTitle",
     "application/vnd.databricks.v1+cell", "orig_nbformat", "uuid", "last_executed_hash", "source_hash"}
)  # fmt: skip
_PARAMETERS = ("papermill", "parameters")


def _of_metadata(metadata: Json, name: str) -> Iterator[Cell]:
    """The metadata's strings with their names, one a line, and what papermill was called with."""
    if not isinstance(metadata, dict):
        return
    kept = {key: value for key, value in metadata.items() if key not in _NO_TEXT}
    run = metadata.get(_PARAMETERS[0])
    if isinstance(run, dict) and _PARAMETERS[1] in run:
        kept[_PARAMETERS[1]] = run[_PARAMETERS[1]]
    texts = list(_strings(kept))
    if texts:
        yield Cell(name, "\n".join(texts))


def _strings(value: Json, key: str = "") -> Iterator[str]:
    """`key = "value"` for every string, on a stack: a hostile file nests deeper than Python calls."""
    stack = [(key, value)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, str):
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}" if key else value
        elif isinstance(value, dict):
            stack.extend((str(name), inner) for name, inner in value.items() if name not in _NO_TEXT)
        elif isinstance(value, list):
            stack.extend((key, inner) for inner in value)


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Json) -> str:
    """A text, which notebooks have whole or as a list of its lines, each with its end."""
    if isinstance(value, list):
        return "".join(each for each in cast("list[Json]", value) if isinstance(each, str))
    return value if isinstance(value, str) else ""


def _lines(value: Json) -> str:
    """A traceback: lines without an end, coloured."""
    rows = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    return "\n".join(rows)
