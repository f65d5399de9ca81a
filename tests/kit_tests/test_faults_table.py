from pathlib import Path

from kit.faults.acts import METACHARACTERS
from kit.faults.cases import CASES
from kit.faults.container import Ended
from kit.faults.table import Row, write_table


def test_the_table_stands_in_columns_and_long_lines_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "faults.txt"
    rows = [Row("none", 1, 0, "FINISHED", "2.0", "trained"), Row("a", 0, 2, "-", "1.0", "x" * 200)]
    write_table(rows, path)
    heads, first, second = path.read_text().splitlines()
    assert heads.split() == ["fault", "runs", "exit", "code", "mlflow", "seconds", "last", "line"]
    assert first.index("trained") == second.index("x") == heads.index("last line")
    assert second.endswith("x…")


def test_every_fault_has_a_name_of_its_own_and_at_most_one_run_per_attempt() -> None:
    assert len({case.fault for case in CASES}) == len(CASES)
    assert all(len(case.statuses) <= case.runs for case in CASES)
    assert len(METACHARACTERS) >= 2000


def test_the_last_word_of_a_step_begins_at_its_last_error() -> None:
    assert Ended(1, "a\nerror: b\nerror: c\n  do d\n", 0).verdict == "c\n  do d\n"
    assert Ended(0, "a\ntrained\n", 0).verdict == "trained"
