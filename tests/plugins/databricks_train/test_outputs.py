"""What becomes of the end of an output, whatever is in it."""

import time

import pytest

from databricks_train.telling.outputs import LONGEST_LINE, LOOKED_AT, tail
from drone_plugin import Redactor

PLAIN = Redactor()


def hiding(secret: str) -> Redactor:
    """One that knows a secret."""
    redactor = Redactor()
    redactor.learn(secret)
    return redactor


def test_the_last_lines_are_left_and_it_is_known_that_there_were_more() -> None:
    text = "".join(f"epoch {n}\n" for n in range(200))
    found = tail(text, PLAIN)
    assert (found.lines[0], found.lines[-1], len(found.lines)) == ("epoch 50", "epoch 199", 150)
    assert not found.whole
    assert tail(text, PLAIN, 200).whole


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n", "\r\n"])
def test_an_output_without_anything_to_see_has_no_lines(text: str) -> None:
    found = tail(text, PLAIN)
    assert (found.lines, found.whole) == ((), True)


def test_of_a_progress_bar_its_last_state_is_left() -> None:
    assert tail("start\r\n  1%\r 50%|##  |\r100%|####|\nend\r\n", PLAIN).lines == (
        "start",
        "100%|####|",
        "end",
    )


def test_nothing_is_left_that_steers_a_terminal_colours_it_or_turns_writing_round() -> None:
    text = "\x1b[31mred\x1b[8m hidden\x1b[2J\x1b]1338;e30=\x1b]0m\x00\x07 a\u202eb\u2028c\x85d \x9b1me\x1b"
    (line,) = tail(text, PLAIN).lines
    assert line.isprintable()
    assert line == "red hidden ab c d 1me"


def test_of_a_line_without_end_both_ends_are_left() -> None:
    (line,) = tail(f"begin {'x' * 1_000_000} end", PLAIN).lines
    assert len(line) <= LONGEST_LINE
    assert line.endswith("x end")


def test_five_megabytes_of_anything_take_less_than_a_second() -> None:
    text = (bytes(range(256)) * 20_480).decode("utf-8", "replace")
    start = time.process_time()
    found = tail(text, hiding("a-password-of-somebody"), whole=False)
    assert time.process_time() - start < 1
    assert 0 < len(found.lines) <= 150
    assert all(line.isprintable() and len(line) <= LONGEST_LINE for line in found.lines)


@pytest.mark.parametrize("place", [0, 10, LOOKED_AT - 10, LOOKED_AT - 3, LOOKED_AT])
def test_a_secret_is_masked_wherever_it_is_cut(place: int) -> None:
    text = "y" * 100_000 + "\n" + "z" * 20 + "hunter2-hunter2" + "z" * place
    for line in tail(text, hiding("hunter2-hunter2")).lines:
        assert "unter2" not in line


def test_what_was_cut_off_before_leaves_no_half_line() -> None:
    assert tail("och 1\nepoch 2\n", PLAIN, whole=False).lines == ("epoch 2",)
    assert tail("the only line\n", PLAIN, whole=False).lines == ("the only line",)
