import subprocess
import sys
from pathlib import Path

import pytest

from kit.databricks import repl
from kit.databricks.output import LOG_LIMIT, output_of
from kit.databricks.runs import Output


def ran(tmp_path: Path, code: str) -> Output:
    """The output of a real Python that runs this code as a cluster does."""
    script, report = tmp_path / "task.py", tmp_path / "report"
    script.write_text(code, encoding="utf-8")
    command = [sys.executable, "-u", repl.__file__, str(report), str(script), "--lr", "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    exit_code = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return output_of(done.stdout, report.read_bytes() if report.exists() else None, exit_code)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("raise KeyError", "KeyError"),
        ("import json; json.loads('x')", "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ("raise RuntimeError('first line\\nsecond line')", "RuntimeError: first line\nsecond line"),
        ("class TooBad(Exception): ...\nraise TooBad('x')", "TooBad: x"),
        ("def f(:", "SyntaxError: invalid syntax (task.py, line 1)"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import sys; sys.exit('told')", "SystemExit: told"),
        ("open(__file__)", "NameError: name '__file__' is not defined"),
        ("import sys; raise ValueError(sys.argv[1:])", "ValueError: ['--lr', '1']"),
        ("import os; os._exit(3)", "Fatal error: The Python kernel is unresponsive. The Python process exited with exit code 3."),
        ("import os; os.kill(os.getpid(), 9)", "Fatal error: The Python kernel is unresponsive. The Python process exited with exit code 137 (SIGKILL: Killed). This may have been caused by an OOM error."),
    ],
)  # fmt: skip
def test_the_error_names_the_exception(tmp_path: Path, code: str, error: str) -> None:
    assert ran(tmp_path, code).error == error


def test_the_trace_begins_in_the_file_of_the_task_and_ends_with_the_exception(tmp_path: Path) -> None:
    assert ran(tmp_path, "raise ValueError('no')").error_trace.splitlines() == [
        "Traceback (most recent call last):",
        f'  File "{tmp_path}/task.py", line 1, in <module>',
        "    raise ValueError('no')",
        "ValueError: no",
    ]


def test_the_trace_holds_what_the_exception_was_raised_from(tmp_path: Path) -> None:
    code = "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('no') from error"
    output = ran(tmp_path, code)
    assert "ZeroDivisionError: division by zero" in output.error_trace
    assert output.error == "ValueError: no"


def test_the_log_holds_both_streams_in_order(tmp_path: Path) -> None:
    output = ran(
        tmp_path, "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\nraise ValueError"
    )
    assert output.logs == f"a\nb\nc\n{output.error_trace}"


def test_success_has_neither_error_nor_trace(tmp_path: Path) -> None:
    assert ran(tmp_path, "print('a')") == Output("a\n")


def test_only_the_last_five_megabytes_of_a_log_are_kept() -> None:
    output = output_of(b"a" * 10 + b"b" * LOG_LIMIT, None, 0)
    assert (len(output.logs), output.logs_truncated, output.logs[0]) == (LOG_LIMIT, True, "b")
