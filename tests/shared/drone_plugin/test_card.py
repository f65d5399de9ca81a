"""Cards, against a re-statement of how Drone takes them out of a log."""

import base64
import json
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from drone_plugin import Card, Redactor, Step
from drone_plugin.card import LARGEST, CardError, aligned, encode, frame
from drone_plugin.testing.outcome import received
from kit.step import HOST, StepSettings, run_step

TEMPLATE = "https://ci.example.com/card.json"
CARD = Card(TEMPLATE, {"title": "done", "rows": [{"name": "a", "value": 1}]}, ("done", "a  1"))
DRONE = {
    **HOST,
    "DRONE": "true",
    "DRONE_CARD_PATH": "/dev/stdout",
    "DRONE_BUILD_NUMBER": "7",
    "NO_COLOR": "1",
}
TOKEN = 'dapi-"top"\\secret'
CHATTER = "chatter " * 20


def shown(card: Card = CARD, environment: Mapping[str, str] = DRONE) -> str:
    """The log of a step that shows `card` between two lines."""

    def work(step: Step[StepSettings]) -> None:
        step.log.info("before")
        step.card(card)
        step.log.info("after")

    return run_step(work, environment).raw_log


def test_drone_stores_the_card_and_shows_the_rest_of_the_log() -> None:
    taken = received(shown())

    assert taken.card == json.dumps({"schema": TEMPLATE, "data": CARD.data}, separators=(",", ":"))
    assert taken.text.endswith("before\nafter\n")


def test_a_card_begins_a_line_of_its_own() -> None:
    def work(step: Step[StepSettings]) -> None:
        print("unfinished", end="")
        step.card(CARD)
        print("next")

    taken = received(run_step(work, DRONE).raw_log)

    assert taken.card
    assert taken.text.endswith("unfinished\nnext\n")


def test_nothing_that_other_threads_print_gets_into_a_card() -> None:
    end = threading.Event()

    def chatter() -> None:
        while not end.is_set():
            sys.stdout.write(f"{CHATTER}\n")

    def work(step: Step[StepSettings]) -> None:
        threads = [threading.Thread(target=chatter) for _ in range(3)]
        for thread in threads:
            thread.start()
        step.card(Card(TEMPLATE, {"text": "x" * 12000}))
        end.set()
        for thread in threads:
            thread.join()

    taken = received(run_step(work, DRONE).raw_log)

    assert taken.card
    assert CHATTER in taken.text
    assert {line for line in taken.text.splitlines() if "chatter" in line} == {CHATTER}
    assert "" not in taken.text.splitlines()


@pytest.mark.parametrize("around", range(4))
@pytest.mark.parametrize("length", [*range(12270, 12295), 100, 12288 - 9])
def test_no_length_tears_the_end_of_a_card(around: int, length: int) -> None:
    """12280 to 12282 bytes, and 12288 more: the end mark would be cut in two."""
    data = b'{"schema":"x","data":"' + b"x" * (length + around * 12288 - 24) + b'"}'

    taken = received(frame(data) + b"after\n")

    assert taken.card is not None
    assert json.loads(taken.card) == json.loads(data)
    assert taken.text == "after\n"


@pytest.mark.parametrize("length", [12280, 12281, 12282, 12280 + 12288])
def test_the_lengths_that_are_padded_would_be_torn(length: int) -> None:
    """The test of the test above."""
    torn = b"\x1b]1338;" + base64.b64encode(b"x" * length) + b"\x1b]0m\n"

    assert received(torn + b"after\n").text == ""
    assert frame(b"x" * length) != torn


def test_the_length_just_before_and_behind_is_left_alone() -> None:
    for length in (12279, 12283):
        assert len(base64.b64decode(frame(b"x" * length)[7:-5])) == length


def test_a_card_too_large_is_said_so_and_printed_as_text() -> None:
    log = shown(Card(TEMPLATE, {"text": "x" * LARGEST}, ("as text",)))

    assert f"warning: no card: it has {LARGEST + 64} bytes, more than {LARGEST}" in log
    assert received(log).card is None
    assert log.endswith("as text\nafter\n")


def test_a_second_card_is_not_written_since_of_two_none_is_stored() -> None:
    def work(step: Step[StepSettings]) -> None:
        step.card(CARD)
        step.card(CARD)

    ran = run_step(work, DRONE)

    assert received(ran.raw_log).card
    assert ran.exit_code == 0
    assert ran.lines[-1] == "warning: no second card: a step has one"
    assert run_step(work, {**DRONE, "PLUGIN_LOG_LEVEL": "debug"}).exit_code == 70


@pytest.mark.parametrize(
    "environment",
    [
        {"CI": "woodpecker"},
        {},
        {"DRONE": "true", "DRONE_CARD_PATH": ""},
        {"DRONE": "true", "DRONE_CARD_PATH": "/dev/stdout", "DRONE_BUILD_NUMBER": "0"},
    ],
    ids=["woodpecker", "by hand", "no path", "drone exec"],
)
def test_where_nobody_reads_cards_the_text_is_printed(environment: Mapping[str, str]) -> None:
    log = shown(environment={**HOST, "NO_COLOR": "1", **environment})

    assert "\x1b]" not in log
    assert log.endswith("before\ndone\na  1\nafter\n")


def test_without_a_template_the_text_is_printed() -> None:
    log = shown(Card("", CARD.data, CARD.text))

    assert "\x1b]" not in log
    assert log.endswith("before\ndone\na  1\nafter\n")


def test_a_card_goes_into_the_file_that_is_named(tmp_path: Path) -> None:
    target = tmp_path / "card.json"

    log = shown(environment={**DRONE, "DRONE_CARD_PATH": str(target)})

    assert json.loads(target.read_text()) == {"schema": TEMPLATE, "data": CARD.data}
    assert log.endswith("before\nafter\n")


def test_a_card_that_cannot_be_written_is_a_warning_and_printed_as_text() -> None:
    log = shown(environment={**DRONE, "DRONE_CARD_PATH": "/nonexistent/card.json"})

    assert "warning: no card: DRONE_CARD_PATH cannot be written: No such file or directory\ndone\n" in log


def test_no_secret_is_on_a_card() -> None:
    """The runner does not mask cards: they are taken out of the log before it would."""
    card = Card(
        TEMPLATE, {TOKEN: [TOKEN, {"a": f"see {TOKEN}"}], "basic": base64.b64encode(TOKEN.encode()).decode()}
    )

    taken = received(shown(card, {**DRONE, "PLUGIN_TOKEN": TOKEN}))

    assert taken.card is not None
    assert json.loads(taken.card)["data"] == {
        "******": ["******", {"a": "see ******"}],
        "basic": "******Q=",  # two bits of the secret
    }


def test_a_secret_of_what_json_is_made_of_costs_the_card() -> None:
    redactor = Redactor()
    redactor.learn('","data":{"')

    with pytest.raises(CardError, match="a secret reaches beyond a value"):
        encode(CARD, redactor)


@pytest.mark.parametrize("text", ["ä 🚀", "\udcff", "\x1b]0m", "\n"])
def test_any_text_can_be_on_a_card(text: str) -> None:
    taken = received(shown(Card(TEMPLATE, {"a": text})))

    assert taken.card is not None
    assert taken.text.endswith("before\nafter\n")


def test_a_card_is_shown_in_a_log_of_json_too() -> None:
    taken = received(shown(environment={**DRONE, "PLUGIN_LOG_FORMAT": "json"}))

    assert taken.card
    assert [json.loads(line)["message"] for line in taken.text.splitlines()[-2:]] == ["before", "after"]


def test_the_end_is_held_longer_after_a_card() -> None:
    assert run_step(lambda step: step.card(CARD), DRONE).clock.slept == [0.3]


def test_columns_are_aligned_and_one_wide_cell_moves_no_others() -> None:
    rows = [("a", "b"), ("longer", "c", "d"), ("x" * 90, "e"), ()]

    assert aligned(rows, widest=8) == ["a         b", "longer    c  d", f"{'x' * 90}  e", ""]
