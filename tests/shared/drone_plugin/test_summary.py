"""The card of facts and a table: its data, its text, and the template that takes the data."""

import re

import pytest

from drone_plugin import Redactor, Summary
from drone_plugin.card import LARGEST, encode
from drone_plugin.summary import MOST_ROWS
from kit.paths import ROOT

TEMPLATE = ROOT / "docs" / "cards" / "summary.json"
SUMMARY = Summary(
    "2 secrets found",
    "attention",
    facts=[("commit", "2fd59f6f"), ("build", "https://ci.example.com/7"), ("nothing", "")],
    columns=("place", "kind"),
    rows=[("config/settings.py:12", "AWS access key"), ("a.env:1", "password")],
)


def test_in_a_log_it_is_an_aligned_table() -> None:
    assert SUMMARY.text() == [
        "2 secrets found",
        "  commit  2fd59f6f",
        "  build   https://ci.example.com/7",
        "",
        "  PLACE                  KIND",
        "  config/settings.py:12  AWS access key",
        "  a.env:1                password",
    ]


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (Summary("done"), ["done"]),
        (Summary("done", facts=[("a", "1")]), ["done", "  a  1"]),
        (Summary("done", rows=[("a", "1"), ("bb", "2")]), ["done", "  a   1", "  bb  2"]),
    ],
)
def test_what_there_is_not_takes_no_line(summary: Summary, text: list[str]) -> None:
    assert summary.text() == text


def test_on_a_card_an_address_is_a_link() -> None:
    assert SUMMARY.data()["facts"] == [
        {"name": "commit", "text": "2fd59f6f", "url": ""},
        {"name": "build", "text": "https://ci.example.com/7", "url": "https://ci.example.com/7"},
    ]


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "see https://x", "file:///etc", "https://x y", "http:x"]
)
def test_what_is_no_address_is_none(value: str) -> None:
    assert Summary("x", facts=[("a", value)]).data()["facts"] == [{"name": "a", "text": value, "url": ""}]


def test_a_long_table_is_cut_on_the_card_and_whole_in_the_log() -> None:
    summary = Summary("many", rows=[(f"file{number}", "kind") for number in range(100)])
    rows = summary.data()["rows"]

    assert isinstance(rows, list)
    assert len(rows) == MOST_ROWS
    assert summary.data()["more"] == "and 80 more"
    assert len(summary.text()) == 101


def test_the_longest_card_is_one_that_drone_takes() -> None:
    long = "x" * 5000
    summary = Summary(long, facts=[(long, long)] * 10, columns=(long, long), rows=[(long, long)] * 100)

    assert len(encode(summary.card("https://ci.example.com/summary.json"), Redactor())) <= LARGEST


def test_a_log_that_holds_all_of_it_gets_no_text() -> None:
    assert SUMMARY.card("", said=True).text == ()
    assert SUMMARY.card("").text == tuple(SUMMARY.text())


def test_the_template_asks_for_nothing_that_the_data_lack() -> None:
    asked = set(re.findall(r"\$\{(?:count\()?([a-z]+)", TEMPLATE.read_text()))
    data = SUMMARY.data()

    assert asked == {*data, "name", "text", "url", "cells"}


def test_the_template_shows_names_of_commits_and_files_as_text_and_not_as_markdown() -> None:
    """A TextBlock or a Fact takes Markdown: a title could bring a link of its own."""
    assert not re.findall(r'"type": "(TextBlock|FactSet)"', TEMPLATE.read_text())
