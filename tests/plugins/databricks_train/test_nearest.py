"""What somebody who wrote an unknown name probably meant."""

import pytest

from databricks_train.asking.nearest import did_you_mean, nearest

KNOWN = ("docker_image", "node_type_id", "num_workers", "lr", "spark_conf")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("docker_imag", "docker_image"),
        ("dokcer_image", "docker_image"),
        ("node_type", "node_type_id"),
        ("numWorkers", "num_workers"),
        ("LR", "lr"),
        ("sparkConf", "spark_conf"),
        ("x", None),
        ("something_else", None),
        ("", None),
        ("a" * 100_000, None),
    ],
)
def test_the_nearest_name(name: str, meant: str | None) -> None:
    assert nearest(name, KNOWN) == meant


def test_a_message_ends_with_a_question_or_with_nothing() -> None:
    assert did_you_mean("lrr", KNOWN, "${{{}}}") == "; did you mean ${lr}?"
    assert did_you_mean("zzzzzz", KNOWN) == did_you_mean("lr", ()) == ""
