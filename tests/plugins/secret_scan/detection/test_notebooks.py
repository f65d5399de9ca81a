"""Notebooks, cell by cell."""

import base64
import json
from typing import Any

import pytest

from kit.secrets.draw import seeded
from kit.secrets.look import rules
from secret_scan.notebooks import Cell, cells

draw = seeded(9)
TOKEN = "dapi" + draw.hexa(32)


def image() -> str:
    return base64.b64encode(draw.random.randbytes(4000)).decode()


def notebook(*more: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """A clean one with all that is no text: images, an attachment, ids, widgets, the hash of an interpreter."""
    plot = {
        "output_type": "display_data",
        "data": {"image/png": image(), "text/plain": ["<Figure size 640x480>"]},
        "metadata": {},
    }
    return {
        "cells": [
            {
                "cell_type": "markdown",
                "id": draw.hexa(8),
                "metadata": {},
                "source": ["# Title\n", "![](attachment:a.png)"],
                "attachments": {"a.png": {"image/png": image()}},
            },
            {
                "cell_type": "code",
                "id": draw.hexa(8),
                "metadata": {"colab": {"id": draw.alnum(12)}},
                "execution_count": 1,
                "source": ["plot()\n"],
                "outputs": [plot],
            },
            *more,
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "vscode": {"interpreter": {"hash": draw.hexa(64)}},
            "widgets": {
                "application/vnd.jupyter.widget-state+json": {
                    draw.hexa(32): {"model": "IPY_MODEL_" + draw.hexa(32)}
                }
            },
            **(metadata or {}),
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def code(source: str | list[str], *outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 2,
        "id": "c",
        "metadata": {},
        "source": source,
        "outputs": list(outputs),
    }


@pytest.mark.parametrize("indent", [1, None])
def test_a_clean_notebook_has_no_findings(indent: int | None) -> None:
    assert rules(json.dumps(notebook(), indent=indent), "a.ipynb") == []


@pytest.mark.parametrize("indent", [1, None])
def test_two_keys_are_both_found_in_both_layouts(indent: int | None) -> None:
    """Where a quote follows the token, escaped, others miss it (gitleaks 2055)."""
    hugging = f'os.environ["HF_TOKEN"] = "hf_{draw.alnum(34)}"\n'
    planted = notebook(code(["import os\n", hugging]), code(f'w = WorkspaceClient(host, token="{TOKEN}")'))
    assert rules(json.dumps(planted, indent=indent), "a.ipynb") == ["huggingface-token", "databricks-token"]


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", f"{TOKEN}\n"]},
        {"output_type": "stream", "name": "stderr", "text": f"a\n{TOKEN}"},
        {"output_type": "execute_result", "data": {"text/plain": [f"'{TOKEN}'"], "image/png": image()}},
        {"output_type": "display_data", "data": {"text/html": f"<b>{TOKEN}</b>"}},
        {"output_type": "display_data", "data": {"application/json": {"token": TOKEN}}},
        {"output_type": "error", "ename": "E", "evalue": f"bad {TOKEN}", "traceback": []},
        {
            "output_type": "error",
            "ename": "E",
            "evalue": "",
            "traceback": ["\x1b[0;31mE\x1b[0m", f"call({TOKEN})"],
        },
    ],
)
def test_what_a_cell_has_printed_is_looked_at(output: dict[str, Any]) -> None:
    text = json.dumps(notebook(code("f()", output)))
    named = [cell.name for cell in cells(text) if TOKEN in cell.text]
    assert set(named) == {"cell 3 output"}
    assert set(rules(text, "a.ipynb")) == {"databricks-token"}


def test_parameters_and_other_text_of_the_metadata_are_looked_at() -> None:
    text = json.dumps(
        notebook(metadata={"papermill": {"parameters": {"token": TOKEN}, "hash": draw.hexa(64)}})
    )
    assert rules(text, "a.ipynb") == ["databricks-token"]
    assert [cell.name for cell in cells(text) if TOKEN in cell.text] == ["notebook metadata"]


def test_lines_count_within_the_cell_and_its_outputs_go_on() -> None:
    text = json.dumps(notebook(code(["a\n", "b\n"], {"text": ["1\n", "2\n"]}, {"text": "3"})))
    assert list(cells(text))[-3:] == [
        Cell("cell 3", "a\nb\n"),
        Cell("cell 3 output", "1\n2\n"),
        Cell("cell 3 output", "3", first_line=3),
    ]


def test_the_sheets_of_old_notebooks_are_read() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [{"cells": [{"cell_type": "code", "input": [TOKEN], "outputs": [{"text": "x"}]}]}],
    }
    assert [cell.text for cell in cells(json.dumps(old))] == [TOKEN, "x"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": 1}', "[" * 100_000, '{"cells": {"a": 1}}'])
def test_what_is_no_notebook_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(cells(text))


def test_odd_values_in_a_notebook_are_passed_over() -> None:
    odd = {
        "cells": [
            1,
            None,
            {"source": 5, "outputs": [{"data": []}, 3, {"text": {}}], "metadata": []},
            {"source": TOKEN},
        ],
        "metadata": 3,
    }
    assert [(cell.name, cell.text) for cell in cells(json.dumps(odd))] == [("cell 2", TOKEN)]
