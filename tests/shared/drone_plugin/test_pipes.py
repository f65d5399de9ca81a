"""Programs that are talked to while a block lasts."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drone_plugin import Redactor, TimeLimitError
from drone_plugin.pipes import Pipe, Pipes
from drone_plugin.process import CommandError, NoSuchCommandError


@contextmanager
def talking(program: str, *, silence: float = 60.0, stdin: bytes = b"") -> Iterator[Pipe]:
    """A Python program."""
    redactor = Redactor()
    redactor.learn("s3cr3t-word")
    pipes = Pipes({"PATH": os.environ["PATH"]}, Path("/"), redact=redactor)
    with pipes.open([sys.executable, "-c", program], silence=silence, stdin=stdin) as pipe:
        yield pipe


ECHO = "import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)"


def test_questions_are_answered_one_by_one() -> None:
    with talking(ECHO, stdin=b"abc\n") as pipe:
        assert pipe.line() == b"cba"
        pipe.write(b"def\nghi\n")
        assert (pipe.line(), pipe.line()) == (b"fed", b"ihg")


def test_much_can_be_said_before_the_first_answer_is_read() -> None:
    with talking(ECHO) as pipe:
        pipe.write(b"x" * 999 + b"\n" + b"abc\n" * 200_000)
        assert pipe.line() == b"x" * 999
        assert {pipe.line() for _ in range(200_000)} == {b"cba"}


def test_what_is_large_comes_in_pieces() -> None:
    with talking("print('x' * 10_000_000 + 'end', end='', flush=True); input()") as pipe:
        pieces = list(pipe.pieces(10_000_000))
        assert sum(map(len, pieces)) == 10_000_000
        assert max(map(len, pieces)) <= 64 * 2**10
        assert pipe.read(3) == b"end"


@pytest.mark.parametrize("end", ["", "\\0"])
def test_records_end_with_the_program(end: str) -> None:
    with talking(f"print('one\\0\\0two' + '{end}', end='')") as pipe:
        assert list(pipe.records()) == [b"one", b"", b"two"]


def test_records_of_any_length_are_whole() -> None:
    with talking("print('\\0'.join(str(n) * 1000 for n in range(2000)), end='')") as pipe:
        assert [len(record) for record in pipe.records()] == [len(str(n)) * 1000 for n in range(2000)]


def test_a_failure_says_what_the_program_said_without_secrets() -> None:
    with (
        talking("import sys; print('a\\0'); sys.exit('no: s3cr3t-word')") as pipe,
        pytest.raises(CommandError, match="exit code 1: no: ") as caught,
    ):
        list(pipe.records())
    assert "s3cr3t-word" not in caught.value.message


def test_a_program_that_ends_early_gives_no_answer() -> None:
    with talking("import sys; sys.exit('gone')") as pipe, pytest.raises(CommandError, match="gone"):
        pipe.line()


def test_nothing_can_be_said_to_a_program_that_has_ended() -> None:
    with talking("import sys; sys.exit('gone')") as pipe, pytest.raises(CommandError, match="gone"):
        pipe.write(b"x" * 10_000_000)


def test_a_program_that_complains_at_length_is_no_dead_end() -> None:
    with talking("import sys; sys.stderr.write('x' * 1_000_000); print('done')") as pipe:
        assert pipe.line() == b"done"


def test_a_silent_program_is_given_up() -> None:
    with (
        talking("import time; time.sleep(60)", silence=0.1) as pipe,
        pytest.raises(TimeLimitError, match="said nothing for"),
    ):
        pipe.line()


def test_a_program_that_does_not_end_is_ended_with_the_block() -> None:
    start = time.monotonic()
    with talking("import os, time; print(os.getpid(), flush=True); os.close(1); time.sleep(60)") as pipe:
        number = int(pipe.line())
    assert time.monotonic() - start < 10
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_program_that_is_not_there_is_told() -> None:
    pipes = Pipes({"PATH": os.environ["PATH"]}, Path("/"), redact=Redactor())
    with pytest.raises(NoSuchCommandError), pipes.open(["no-such-program"]):
        pass
