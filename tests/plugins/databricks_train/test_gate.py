"""The gate: its settings, and what passes it, held against MLflow's own validation."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.models import MetricThreshold
from mlflow.models.evaluation import validation

from databricks_train.gate.judge import Judged, compares, exact, judge
from databricks_train.gate.settings import GateSettings, Threshold
from drone_plugin import FindingsError, SettingsError


def load(thresholds: object) -> GateSettings:
    """The settings as Drone encodes this YAML."""
    return GateSettings.load({"PLUGIN_THRESHOLDS": json.dumps(thresholds)})


def gate(
    thresholds: object, candidate: Mapping[str, float], champion: Mapping[str, float] | None = None
) -> Judged:
    return judge(load(thresholds).thresholds, candidate, champion)


def test_each_demand_is_checked_by_itself() -> None:
    thresholds = {"accuracy": {"min": 0.9, "min_change": 0.01}, "loss": {"max": 0.5, "min_change": "10%"}}
    judged = gate(thresholds, {"accuracy": 0.95, "loss": 0.48}, {"accuracy": 0.945, "loss": 0.5})
    assert judged.lines() == [
        "  METRIC    CANDIDATE  CHAMPION  ASKED FOR",
        "  accuracy  0.95       0.945     ≥ 0.9              ✔",
        "  accuracy  0.95       0.945     ≥ champion + 0.01  ✘",
        "  loss      0.48       0.5       ≤ 0.5              ✔",
        "  loss      0.48       0.5       ≤ champion - 10%   ✘",
    ]
    assert judged.summary() == "gate: 2 of 4 demands met"


def test_a_gate_that_is_not_passed_is_a_finding_with_its_reasons() -> None:
    judged = gate({"accuracy": {"min": 0.9}, "f1": {"min": 0.5}}, {"accuracy": 0.8})
    with pytest.raises(FindingsError) as raised:
        judged.raise_if_failed()
    assert raised.value.exit_code == 3
    assert raised.value.message == (
        "the gate is not passed: accuracy is 0.8, asked for ≥ 0.9; f1 is missing, asked for ≥ 0.5"
    )
    assert "no alias has moved" in raised.value.hint


def test_without_a_champion_a_change_is_not_checked_which_is_said() -> None:
    judged = gate({"accuracy": {"min": 0.9, "min_change": 0.01}}, {"accuracy": 0.9})
    assert judged.passed
    judged.raise_if_failed()
    assert judged.summary() == "gate: 1 of 2 demands met, 1 not checked: no version is the champion yet"
    assert judged.rows[1][-1] == "no champion"


@pytest.mark.parametrize(
    "threshold", [{"min": -1e9}, {"max": 1e9}, {"min_change": 0, "higher_is_better": True}]
)
@pytest.mark.parametrize("champion", [None, {"m": 0.5}, {"m": math.nan}, {}])
def test_a_metric_that_is_missing_or_not_a_number_never_passes(
    threshold: object, champion: Mapping[str, float] | None
) -> None:
    assert not gate({"m": threshold}, {"m": math.nan}, champion).passed
    assert not gate({"m": threshold}, {"other": 1.0}, champion).passed


@pytest.mark.parametrize("champion", [{"m": math.nan}, {}])
def test_a_champion_without_the_metric_is_no_comparison_to_pass(champion: Mapping[str, float]) -> None:
    judged = gate({"m": {"min_change": 0.1, "higher_is_better": True}}, {"m": 1.0}, champion)
    with pytest.raises(FindingsError, match="m in the champion is"):
        judged.raise_if_failed()


def test_it_is_known_whether_the_champion_is_needed() -> None:
    assert compares(load({"a": {"min": 1}, "b": {"max": 1, "min_change": "1%"}}).thresholds)
    assert not compares(load({"a": {"min": 1}}).thresholds)


def test_no_change_at_all_is_asked_for_by_zero() -> None:
    threshold = {"m": {"min_change": 0, "higher_is_better": True}}
    assert gate(threshold, {"m": 0.5}, {"m": 0.5}).passed
    assert not gate(threshold, {"m": 0.4999999}, {"m": 0.5}).passed


def test_a_table_never_shows_what_failed_as_what_was_asked_for() -> None:
    assert exact(0.9) == "0.9"
    assert exact(0.8999999999) == "0.8999999999"
    assert exact(None) == "-"


@dataclass(frozen=True)
class Case:
    """What MLflow's threshold can say, and the values that it is held against."""

    value: float
    base: float
    limit: float | None = None
    change: float | None = None
    share: float | None = None
    higher: bool = True

    @property
    def ours(self) -> bool:
        """Whether our gate lets it pass."""
        threshold = Threshold(
            min=self.limit if self.higher else None,
            max=None if self.higher else self.limit,
            min_change=self.change,
            min_relative_change=self.share,
            higher_is_better=self.higher,
        )
        return judge({"m": threshold}, {"m": self.value}, {"m": self.base}).passed

    @property
    def theirs(self) -> bool:
        """Whether MLflow's validation does."""
        threshold = MetricThreshold(self.limit, self.change, self.share, self.higher)  # type: ignore[no-untyped-call] # mlflow's own
        try:
            validation._validate({"m": threshold}, {"m": self.value}, {"m": self.base})
        except MlflowException:
            return False
        return True


numbers = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.sampled_from([0.0, -0.0, 0.1, 1.0])
cases = st.builds(
    Case,
    value=numbers,
    base=numbers,
    limit=st.none() | numbers,
    change=st.none() | st.floats(1e-6, 10),
    share=st.none() | st.floats(0, 1),
    higher=st.booleans(),
).filter(lambda case: (case.limit, case.change, case.share) != (None, None, None))


@given(cases)
@example(Case(1.0, 1.0, share=0.0))
@example(Case(1e-10, 0.0, share=0.5))
@example(Case(-1.1, -1.0, share=0.1, higher=False))
@example(Case(0.3, 0.2, change=0.1))
def test_what_passes_is_what_mlflow_lets_pass(case: Case) -> None:
    assert case.ours is case.theirs


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"min_change": "1%", "min": 0.9}, Threshold(min=0.9, min_relative_change=0.01)),
        ({"min_change": " 2.5 % ", "max": 1}, Threshold(max=1.0, min_relative_change=0.025)),
        ({"min_change": "0.01", "min": "0.9"}, Threshold(min=0.9, min_change=0.01)),
        (
            {"min_relative_change": "5%", "higher_is_better": "false"},
            Threshold(min_relative_change=0.05, higher_is_better=False),
        ),
    ],
)
def test_a_change_is_a_number_or_a_share(given: object, expected: Threshold) -> None:
    assert load({"m": given}).thresholds == {"m": expected}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (0.9, "is not a map; write {min: 0.9}"),
        ({}, "asks for nothing"),
        ({"min": 2, "max": 1}, "has a min above its max"),
        ({"mim": 1}, "has no key 'mim'; did you mean `min`?"),
        ({"threshold": 1}, "did you mean `min` or `max`?"),
        ({"greater_is_better": True}, "did you mean `higher_is_better`?"),
        ({"min_change": 1}, "compares with the champion, so say higher_is_better"),
        ({"min": 0, "max": 1, "min_change": 1}, "compares with the champion, so say higher_is_better"),
        ({"min": 0, "min_change": "a bit"}, "is neither a number from 0 on nor a share up to 100%"),
        ({"min": 0, "min_change": -1}, "is neither a number from 0 on nor a share up to 100%"),
        ({"min": 0, "min_change": "150%"}, "is neither a number from 0 on nor a share up to 100%"),
        ({"min": 0, "min_change": "1%", "min_relative_change": 0.1}, "has two relative changes"),
        ({"min": "nan"}, "finite"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_an_error(given: object, complaint: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({"m": given})
    assert raised.value.message.startswith("settings.thresholds.m")
    assert complaint in raised.value.message


def test_which_way_is_better_is_said_or_follows_from_the_limit() -> None:
    settings = load(
        {
            "a": {"min": 1},
            "b": {"max": 1},
            "c": {"min": 0, "max": 1},
            "d": {"max": 1, "higher_is_better": True},
        }
    )
    assert settings.directions == {"a": True, "b": False, "d": True}


def test_a_threshold_is_shown_as_one_would_write_it() -> None:
    settings = GateSettings.load({"PLUGIN_THRESHOLDS": '{"accuracy": {"min": 0.9}}'})
    assert ("thresholds", "accuracy={min: 0.9}", True) in list(settings.effective())
