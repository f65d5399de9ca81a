"""The samples of the cards in the documentation are what the plugins show."""

import json

import pytest

from drone_plugin import Redactor
from drone_plugin.card import LARGEST, encode
from kit.cards import CARDS, TEMPLATE, sample_text, samples
from kit.paths import ROOT


@pytest.mark.parametrize("name", samples())
def test_a_sample_is_fresh(name: str) -> None:
    """`python -m kit.cards` makes it anew."""
    assert (CARDS / "samples" / f"{name}.json").read_text(encoding="utf-8") == sample_text(samples()[name])


@pytest.mark.parametrize("name", samples())
def test_each_sample_has_its_picture_on_the_page_and_is_one_that_drone_takes(name: str) -> None:
    page = (ROOT / "docs" / "cards.md").read_text(encoding="utf-8")

    assert f"(cards/{name}.png)" in page
    assert (CARDS / f"{name}.png").stat().st_size < 100_000
    card = samples()[name].card("https://ci.example.com/cards/summary.json")
    assert len(encode(card, Redactor())) <= LARGEST


def test_the_template_and_the_samples_have_the_same_names() -> None:
    template = json.loads(TEMPLATE.read_text(encoding="utf-8"))

    assert template["type"] == "AdaptiveCard"
    for summary in samples().values():
        for name in summary.data().keys() - {"color"}:
            assert f"${{{name}" in TEMPLATE.read_text() or f"count({name})" in TEMPLATE.read_text()


def test_no_card_shows_a_finding_itself() -> None:
    """Place, kind and commit are enough to find it."""
    assert [row.keys() for row in json.loads(sample_text(samples()["findings"]))["rows"]] == [{"cells"}] * 2
    assert samples()["findings"].columns == ("place", "kind", "origin")
