"""Detectors of a setting, and expressions that are refused."""

import re
import time
from typing import Any

import pytest
from pydantic import ValidationError

from kit.secrets.draw import seeded
from secret_scan.custom import CustomDetector, custom_detectors
from secret_scan.detectors import Line, all_detectors, find_in_line
from secret_scan.explosions import why_it_may_explode

ACME: dict[str, Any] = {
    "name": "acme-token",
    "regex": r"acme_([0-9a-z]{12})",
    "keywords": ("ACME_",),
    "entropy": 2.5,
}
TOKEN = "q7x2m9k4z1p8"


def found(text: str, **asked: object) -> list[tuple[str, str, int]]:
    detectors = all_detectors(custom_detectors((CustomDetector.model_validate({**ACME, **asked}),)))
    return [
        (detector.rule, match.value, match.start) for detector, match in find_in_line(Line(text), detectors)
    ]


def test_the_group_is_the_secret_and_its_place_is_told() -> None:
    assert found(f"x: acme_{TOKEN}") == [("acme-token", TOKEN, 8)]


def test_without_a_group_the_whole_is() -> None:
    assert found(f"x: acme_{TOKEN}", regex="acme_[0-9a-z]{12}") == [("acme-token", f"acme_{TOKEN}", 3)]


def test_too_little_entropy_is_none() -> None:
    assert found("x: acme_aaaaaaaaaaab") == []


def test_a_line_without_a_keyword_is_not_looked_at() -> None:
    assert found(f"x: acme_{TOKEN}", keywords=("other",)) == []


def test_it_goes_before_our_own_where_both_find_something() -> None:
    token = "dapi" + seeded(1).hexa(32)
    assert [rule for rule, _, _ in found(f"{token}", regex="dapi[0-9a-f]{32}", keywords=())] == ["acme-token"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"name": "Acme Token"}, "small letters"),
        ({"regex": "acme_["}, "does not compile"),
        ({"regex": "(acme)_([a-z]{8})"}, "several groups"),
        ({"regex": "a{0,9}"}, "where there is nothing"),
        ({"regex": "(a+)+b"}, "very long"),
        ({"regex": "a" * 1001}, "longer than 1000"),
        ({"entropy": 9}, "less than or equal to 8"),
        ({"example": "no token"}, "nothing in its own example"),
        ({"path": "evil.py"}, "not permitted"),
    ],
)
def test_what_is_wrong_is_said(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CustomDetector.model_validate({**ACME, **asked})


def test_an_example_shows_that_the_expression_is_the_one_that_was_meant() -> None:
    assert CustomDetector(**ACME, example=f"acme_{TOKEN}").name == "acme-token"


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="two detectors with the name acme-token"):
        custom_detectors((CustomDetector(**ACME), CustomDetector(**ACME)))


@pytest.mark.parametrize(
    ("regex", "reason"),
    [
        (r"(a+)+$", "in another one"),
        (r"(?:\s*\w+)*!", "in another one"),
        (r"(?:(?:a{1,30}){1,30}){1,30}b", "in another one"),
        (r"(?:x[a-z]*y?)+z", "in another one"),
        (r"(?:ab|a.)+c", "begin alike|empty"),
        (r"(?:foo|f\w)+c", "begin alike|empty"),
        (r"(?:a?){30}a{30}", "may be empty"),
        (r"(.)\1", "refers back"),
        (r".*a.*b.*c", "longer than"),
        (r"\w+_acme\d+", "longer than"),
        (r"x\s*\s*\s*\s*y", "longer than"),
    ],
)
def test_an_expression_that_can_explode_is_refused_with_the_reason(regex: str, reason: str) -> None:
    assert re.search(reason, why_it_may_explode(regex))


@pytest.mark.parametrize(
    "regex",
    [
        r"acme_[0-9a-z]{32}",
        r"(?i)acme.{0,20}[0-9a-f]{32}",
        r"\bacme[-_]?\w+",
        r"(?:ab|cd){1,50}x",
        r"acme_(?:live|test)_[0-9A-Za-z]{24,99}",
        r"(?<![a-z])AC[0-9]{8}(?![0-9])",
        r"acme(?:-[a-z]{1,9}){1,9}",
        r"[A-Z]{3}-[0-9]{4}|acme_[0-9a-z]{9}",
    ],
)
def test_an_ordinary_expression_is_let_through(regex: str) -> None:
    assert why_it_may_explode(regex) == ""


def test_the_trial_ends_in_time() -> None:
    begun = time.perf_counter()
    assert why_it_may_explode(r"[a-z]*[a-z]*[a-z]*[a-z]*!")
    assert time.perf_counter() - begun < 30


def test_our_own_expressions_would_be_let_through() -> None:
    bad = {}
    for detector in all_detectors():
        if detector.form.rule not in ("encoded", "escaped") and (
            reason := why_it_may_explode(detector.form.body)
        ):
            bad[detector.rule] = reason
    assert bad == {}
