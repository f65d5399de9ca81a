"""What is read of a container's end."""

import pytest
from benchmarks.real import _seconds, heavy

NOTHING = (
    "import time:       120 |        300 | databricks_train\nimport time:        90 |         90 |   json\n"
)


def test_a_step_that_imports_neither_library_is_known() -> None:
    assert heavy(NOTHING) == []


@pytest.mark.parametrize("library", ["databricks.sdk", "mlflow"])
def test_a_library_is_found_however_deep_it_is_imported(library: str) -> None:
    assert heavy(f"{NOTHING}import time:       120 |      90000 |       {library}\n") == [library]
    assert heavy(f"{NOTHING}import time:       120 |      90000 |       {library}.core\n") == [library]


def test_a_module_of_another_name_is_no_library() -> None:
    assert heavy(f"{NOTHING}import time:        12 |         12 |   databricks_train.mlflow_door\n") == []


def test_a_list_without_the_plugin_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="nothing was imported"):
        heavy("No module named databricks_train")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:01:00.25Z", 60.25),
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T00:00:01.123456789Z", 1.123456789),
    ],
)
def test_a_time_of_the_engine_is_read_to_its_nanoseconds(text: str, seconds: float) -> None:
    assert _seconds(text) == pytest.approx(seconds, abs=1e-9)
