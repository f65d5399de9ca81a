"""Two runs side by side, in the log, on a card and in Markdown."""

import math

from databricks_train.gate.comparison import MOST_ROWS, compare
from drone_plugin.markdown import Markdown
from drone_plugin.markdown_blocks import write_blocks


def test_candidate_and_champion_stand_in_columns() -> None:
    comparison = compare(
        {"accuracy": 0.95, "loss": 0.5, "epochs": 20.0},
        {"accuracy": 0.9, "loss": 0.4, "recall": 0.7},
        higher_is_better={"loss": False, "accuracy": True},
    )
    assert comparison.lines() == [
        "  METRIC    CANDIDATE  CHAMPION  DIFFERENCE     BETTER",
        "  accuracy  0.95       0.9       +0.05 (+5.6%)  candidate",
        "  loss      0.5        0.4       +0.1 (+25.0%)  champion",
        "  epochs    20         -",
        "  recall    -          0.7",
    ]


def test_equal_values_and_values_without_a_ratio() -> None:
    comparison = compare(
        {"a": 1.0, "b": 1.0, "c": math.nan, "d": math.inf, "e": 1.0},
        {"a": 1.0, "b": 0.0, "c": 1.0, "d": 1.0, "e": math.inf},
        higher_is_better={"a": True, "c": True},
    )
    assert [(row.metric, row.difference, row.better) for row in comparison.rows] == [
        ("a", "0", "same"),
        ("c", "", ""),
        ("b", "+1", ""),
        ("d", "+inf (+inf%)", ""),
        ("e", "-inf", ""),
    ]


def test_what_the_machine_was_busy_with_is_left_out() -> None:
    assert compare({"system/cpu": 1.0}, {"system/gpu": 1.0}).rows == ()


def test_a_hundred_metrics_are_cut_and_those_with_a_threshold_come_first() -> None:
    metrics = {f"m{number:03}": float(number) for number in range(100)}
    comparison = compare(metrics, metrics, higher_is_better={"m099": True})
    assert comparison.rows[0].metric == "m099"
    assert len(comparison.rows) == MOST_ROWS
    assert comparison.lines()[-1] == "  and 60 more"


def test_names_of_metrics_do_nothing_in_a_log_or_in_markdown() -> None:
    comparison = compare({"a|b\n@everyone": 1.0}, {})
    assert len(comparison.lines()) == 2
    written = write_blocks([comparison.table()], Markdown(lambda text: text), 4000)
    assert len(written.splitlines()) == 3
    assert "@everyone" not in written
