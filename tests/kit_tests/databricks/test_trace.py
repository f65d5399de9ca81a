import subprocess
import sys
import tempfile

import pytest

from kit.databricks import repl
from kit.databricks.trace import LOG_LIMIT, output_of


def ran(code: str) -> tuple[bytes, int]:
    """The standard error and exit code of a real Python that runs this code as a cluster does."""
    with tempfile.NamedTemporaryFile(suffix=".py") as file:
        file.write(code.encode())
        file.flush()
        command = [sys.executable, "-u", repl.__file__, file.name, "--lr", "1"]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - code of this file
    return done.stderr, done.returncode if done.returncode >= 0 else 128 - done.returncode


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("raise KeyError", "KeyError"),
        ("import json; json.loads('x')", "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ("raise RuntimeError('first line\\nsecond line')", "RuntimeError: first line"),
        ("class TooBad(Exception): ...\nraise TooBad('x')", "TooBad: x"),
        ("def f(:", "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import sys; sys.exit('told')", "SystemExit: told"),
        ("open(__file__)", "NameError: name '__file__' is not defined"),
        ("import sys; raise ValueError(sys.argv[1:])", "ValueError: ['--lr', '1']"),
        ("import os; os._exit(3)", "Fatal error: The Python kernel is unresponsive. The Python process exited with exit code 3."),
        ("import os; os.kill(os.getpid(), 9)", "Fatal error: The Python kernel is unresponsive. The Python process exited with exit code 137 (SIGKILL: Killed). This may have been caused by an OOM error."),
    ],
)  # fmt: skip
def test_the_error_is_the_line_that_names_the_exception(code: str, error: str) -> None:
    stderr, exit_code = ran(code)
    assert output_of(stderr, stderr, exit_code).error == error


@pytest.mark.parametrize("cause", ["", " from error"])
def test_the_trace_holds_what_the_exception_was_raised_from(cause: str) -> None:
    code = f"try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('no'){cause}"
    stderr, exit_code = ran(code)
    output = output_of(stderr, b"warning\n" + stderr, exit_code)
    assert output.error_trace == stderr.decode().rstrip()
    assert output.error == "ValueError: no"


def test_an_earlier_traceback_that_was_only_printed_is_no_part_of_it() -> None:
    code = "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()\nraise ValueError('no')"
    stderr, exit_code = ran(code)
    assert "ZeroDivisionError" not in output_of(stderr, stderr, exit_code).error_trace


def test_success_has_neither_error_nor_trace_whatever_was_printed() -> None:
    printed = b"Traceback (most recent call last):\nValueError: caught"
    output = output_of(printed, printed, 0)
    assert (output.error, output.error_trace, output.logs) == ("", "", printed.decode())


def test_only_the_last_five_megabytes_of_a_log_are_kept() -> None:
    output = output_of(b"a" * 10 + b"b" * LOG_LIMIT, b"", 0)
    assert (len(output.logs), output.logs_truncated, output.logs[0]) == (LOG_LIMIT, True, "b")


def test_the_trace_begins_in_the_file_of_the_task() -> None:
    stderr, exit_code = ran("raise ValueError('no')")
    header, place, *_ = output_of(stderr, stderr, exit_code).error_trace.splitlines()
    assert header == "Traceback (most recent call last):"
    assert place.endswith('.py", line 1, in <module>')
    assert "repl.py" not in place
