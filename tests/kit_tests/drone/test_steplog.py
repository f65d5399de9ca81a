import base64

import pytest

from drone_plugin.testing.steplog import StepLog, mask_pattern
from kit.drone.script import shell_script

CARD = base64.b64encode(b'{"schema":"https://x","data":{}}')


def written(*frames: bytes, secrets: tuple[str, ...] = ()) -> StepLog:
    log = StepLog(mask_pattern(secrets))
    for frame in frames:
        log.write(frame)
    return log


@pytest.mark.parametrize(
    ("secrets", "text", "masked"),
    [
        (("s3cr3t",), "a s3cr3t b S3CR3T", "a ****** b S3CR3T"),
        (("l1\n  l2  \nx\n",), "l1 l2 x", "****** ****** x"),
        (("ab",), "cabin", "c******in"),
        (("é",), "é", "******"),
        (("abcdef", "abcdefghij"), "abcdefghij", "******ghij"),
        (("abcdefghij", "abcdef"), "abcdefghij", "******"),
        (("", "\n"), "text", "text"),
    ],
)
def test_secrets_are_masked_as_the_runner_does(secrets: tuple[str, ...], text: str, masked: str) -> None:
    assert written(text.encode(), secrets=secrets).text == masked


def test_a_secret_that_two_frames_share_is_not_masked() -> None:
    assert written(b"s3c", b"r3t", secrets=("s3cr3t",)).text == "s3cr3t"


def test_a_card_leaves_the_log_and_is_not_masked() -> None:
    log = written(b"a\n", b"\x1b]1338;" + CARD + b"\x1b]0m\n", b"b\n", secrets=(CARD.decode(),))

    assert (log.text, log.card) == ("a\nb\n", '{"schema":"https://x","data":{}}')


def test_a_card_may_come_in_several_frames() -> None:
    log = written(b"\x1b]1338;" + CARD[:20], CARD[20:] + b"\x1b]0m\n", b"b\n")

    assert (log.text, log.card) == ("b\n", '{"schema":"https://x","data":{}}')


@pytest.mark.parametrize(
    "frames",
    [
        (b"no card\n",),
        (b"in a line \x1b]1338;" + CARD + b"\x1b]0m\n",),
        (b"\x1b]1338;" + CARD + b"\x1b]0m\n", b"\x1b]1338;" + CARD + b"\x1b]0m\n"),
        (b"\x1b]1338;" + base64.b64encode(b"no JSON") + b"\x1b]0m\n",),
    ],
)
def test_what_the_server_would_not_store_is_no_card(frames: tuple[bytes, ...]) -> None:
    assert written(*frames).card is None


def test_a_card_whose_end_is_cut_in_two_swallows_the_rest_of_the_log() -> None:
    log = written(b"\x1b]1338;" + CARD + b"\x1b]", b"0m\n", b"lost\n")

    assert (log.text, log.card) == ("", None)


def test_commands_are_shown_before_they_run_and_the_first_failure_ends_the_step() -> None:
    script = shell_script(['echo "$HOME"', "true"])

    assert script.endswith('\nset -e\n\necho + "echo \\"\\$HOME\\""\necho "$HOME"\n\necho + "true"\ntrue\n')
