"""The log: whole lines, nothing secret, nothing that steers a terminal or forges a card."""

import io
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from drone_plugin import Log, Redactor
from drone_plugin.lines import LineStream


@dataclass
class Time:
    """Time that stands still until it is moved."""

    now: float = 0.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


@dataclass
class Frames(io.BytesIO):
    """What is written at once, as the engine would see it."""

    frames: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Keep one frame."""
        self.frames.append(bytes(data))
        return len(data)


def written(texts: Sequence[str], *secrets: str, finish: bool = True) -> str:
    """What comes out when `texts` go in one after another."""
    redactor = Redactor()
    for secret in secrets:
        assert redactor.learn(secret)
    target = io.BytesIO()
    stream = LineStream(target, redactor, Time())
    for text in texts:
        assert stream.write(text) == len(text)
    if finish:
        stream.finish()
    return target.getvalue().decode()


@pytest.mark.parametrize(
    ("texts", "out"),
    [
        (["a\n"], "a\n"),
        (["a", "b", "\n"], "ab\n"),
        (["a\nb\nc\n"], "a\nb\nc\n"),
        (["a\n\nb\n"], "a\n\nb\n"),
        (["\n"], "\n"),
        ([""], ""),
        ([], ""),
        (["unfinished"], "unfinished\n"),
        (["a\nunfinished"], "a\nunfinished\n"),
        (["a\r\nb\r\n"], "a\nb\n"),
        (["a\r", "\nb\r", "\n"], "a\nb\n"),
        (["1%\r2%\r3%\rdone\n"], "1%\n2%\n3%\ndone\n"),
        (["1%\r", "2%\r"], "1%\n2%\n"),
        (["ä", "🚀\n"], "ä🚀\n"),
        (["a\udcffb\n"], "a\\udcffb\n"),
        (["tab\tstays\n"], "tab\tstays\n"),
    ],
)
def test_what_goes_in_comes_out_in_whole_lines(texts: list[str], out: str) -> None:
    assert written(texts) == out


def test_a_line_that_is_not_finished_waits() -> None:
    assert written(["a\nb"], finish=False) == "a\n"


def test_each_write_of_whole_lines_reaches_the_engine_at_once() -> None:
    target = Frames()
    stream = LineStream(target, Redactor(), Time())

    stream.write("a\nb\nc")
    stream.write("d\n")

    assert target.frames == [b"a\nb\n", b"cd\n"]


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("\x1b]1338;eyJzY2hlbWEiOiJ4In0=\x1b]0m", ""),
        ("\x1b]1338;eyJ9\x07after", "after"),
        ("\x1b]1338;eyJ9\x1b\\after", "after"),
        ("\x1b]1338;never ended", ""),
        ("\x1b\x00]1338;x", "]1338;x"),
        ("\x1b\x1b]1338;x", ""),
        ("\x1b[0\x1b]1338;x", "[0"),
        ("\x1b\x1b[0m]1338;x", "\x1b[0m]1338;x"),
        ("\x9d1338;x\x9c", "1338;x"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        ("\x1b[1Aup", "up"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq\x1b\\x", "Pq\\x"),
        ("\x1b", ""),
        ("\x1b[", "["),
        ("\x9b2Jx", "2Jx"),
        ("bell\x07 back\x08space null\x00 delete\x7f", "bell backspace null delete"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[1;38;5;196mred\x1b[m", "\x1b[1;38;5;196mred\x1b[m"),
        ("\x1b[31m\x1b[2Kred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[38:5:1mred", "red"),
    ],
)
def test_colours_pass_and_every_other_control_sequence_is_taken_out(text: str, out: str) -> None:
    assert written([f"{text}\n"]) == f"{out}\n"


@pytest.mark.parametrize("where", ["", "before ", "\x1b[0m", "\x00", "\x1b", "\x1b[1", "\r", "\x1b[31m\x1b"])
def test_no_line_can_forge_a_card(where: str) -> None:
    """Drone's extractor takes a line that begins with ESC ]1338; for a card."""
    out = written([f"{where}\x1b", "]13", "38;eyJ9\x1b]0m\n"])

    assert "\x1b]" not in out


@pytest.mark.parametrize(
    ("texts", "out"),
    [
        (["token dapi-secret!\n"], "token ******!\n"),
        (["token dapi-", "secret", "!\n"], "token ******!\n"),
        ([*"token dapi-secret!", "\n"], "token ******!\n"),
        (["dapi-secret"], "******\n"),
        (["dapi\x00-sec\x08ret\n"], "******\n"),
        (["dapi\x1b[2K-secret\n"], "******\n"),
        (["dapi-\x1b[1Asecret\rx\n"], "******\nx\n"),
        (["\x1b[31mdapi-secret\x1b[0m\n"], "\x1b[31m******\x1b[0m\n"),
        (["dapi-secret\rdapi-secret\n"], "******\n******\n"),
        (["dapi-\x1b[31msecret\x1b[0m\n"], "******\n"),
        (["dapi\x1b[1m-sec", "\x1b[0mret\n"], "******\n"),
        (
            ["\x1b[1mkept\x1b[0m\ndapi\x1b[m-secret\n\x1b[1mkept\n"],
            "\x1b[1mkept\x1b[0m\n******\n\x1b[1mkept\n",
        ),
        (["ä dapi-sec\x00ret\n"], "ä ******\n"),
        (["ä dapi-sec\x85ret\n"], "ä ******\n"),
        (["dapi\x1b\x1b[31m[0m-secret\n"], "dapi\x1b[31m[0m-secret\n"),
    ],
)
def test_a_secret_is_masked_however_it_is_written(texts: list[str], out: str) -> None:
    assert written(texts, "dapi-secret") == out


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_lines_of_a_secret_are_masked_one_by_one(end: str) -> None:
    key = "BEGIN KEY\nMIIEvQ\nEND KEY"

    assert "MIIEvQ" not in written([key.replace("\n", end)], key)
    assert "MIIEvQ" not in written([*key.replace("\n", end)], key)


class TestBurst:
    """Whether the runner's copy of the log may still be behind."""

    def stream(self, clock: Time) -> LineStream:
        """One that forgets what it writes."""
        return LineStream(io.BytesIO(), Redactor(), clock)

    def test_a_few_lines_are_none(self) -> None:
        """Most steps print less."""
        stream = self.stream(Time())
        stream.write("line\n" * 900)

        assert not stream.burst()

    def test_many_lines_at_once_are_one(self) -> None:
        """A dump at the end."""
        stream = self.stream(Time())
        stream.write("line\n" * 1500)

        assert stream.burst()

    def test_many_lines_one_after_another_are_one(self) -> None:
        """The same, line by line."""
        clock = Time()
        stream = self.stream(clock)
        for _ in range(1500):
            stream.write("line\n")
            clock.sleep(0.0002)

        assert stream.burst()

    def test_the_summary_behind_a_burst_does_not_hide_it(self) -> None:
        """A short end after a long dump is the usual case."""
        clock = Time()
        stream = self.stream(clock)
        clock.sleep(0.9)
        stream.write("line\n" * 500)
        clock.sleep(0.09)
        stream.write("line\n" * 1500)
        clock.sleep(0.05)
        stream.write("summary\n")

        assert stream.burst()

    def test_many_lines_over_a_long_time_are_none(self) -> None:
        """The runner keeps up."""
        clock = Time()
        stream = self.stream(clock)
        for _ in range(3000):
            stream.write("line\n")
            clock.sleep(0.01)

        assert not stream.burst()

    def test_an_old_one_is_forgotten(self) -> None:
        """Training goes on for hours after it."""
        clock = Time()
        stream = self.stream(clock)
        stream.write("line\n" * 5000)
        clock.sleep(60)

        assert not stream.burst()


MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    "text",
    [
        "x" * MEGABYTE,
        "\r" * MEGABYTE,
        "\n" * MEGABYTE,
        "\x1b" * MEGABYTE,
        "\x1b[" * (MEGABYTE // 2),
        "\x1b]" * (MEGABYTE // 2),
        "\x1b[" + "0" * MEGABYTE,
        "\x1b[0;" * (MEGABYTE // 4),
        "\x1b[0m" * (MEGABYTE // 4),
        "\x1b[" + " " * MEGABYTE,
        "dapi-secre" * (MEGABYTE // 10),
        "ab \n" * (MEGABYTE // 4),
        "\n=\x1b[0mab" * (MEGABYTE // 8),
    ],
    ids=lambda text: repr(text[:4]),
)
def test_a_hostile_megabyte_passes_in_no_time(text: str) -> None:
    start = time.process_time()

    written([text], "dapi-secret")

    assert time.process_time() - start < 3


def test_a_megabyte_in_small_pieces_passes_in_no_time() -> None:
    start = time.process_time()

    assert written(["x"] * MEGABYTE) == "x" * MEGABYTE + "\n"

    assert time.process_time() - start < 5


def logged(*, level: str = "info", colour: bool = False) -> tuple[Log, io.BytesIO, Time]:
    """A log, where it goes, and its clock."""
    target, clock = io.BytesIO(), Time()
    stream = LineStream(target, Redactor(), clock)
    log = Log(stream, clock, colour=colour)
    log.level = level  # type: ignore[assignment]
    return log, target, clock


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("error", ["error: e"]),
        ("warning", ["warning: w", "error: e"]),
        ("info", ["i", "s", "warning: w", "error: e"]),
        ("debug", ["d", "i", "s", "warning: w", "error: e"]),
    ],
)
def test_a_level_shows_itself_and_what_is_graver(level: str, shown: list[str]) -> None:
    log, target, _ = logged(level=level)

    log.debug("d")
    log.info("i")
    log.success("s")
    log.warning("w")
    log.error(["e"])

    assert target.getvalue().decode().splitlines() == shown


def test_an_error_is_followed_by_what_to_do() -> None:
    log, target, _ = logged()

    log.error(["first", "second"], ["try this", "or that"])

    assert target.getvalue().decode() == "error: first\nerror: second\n  try this\n  or that\n"


def test_fields_stand_in_two_columns_and_empty_ones_are_left_out() -> None:
    log, target, _ = logged()

    log.fields([("a", "1"), ("none", ""), ("longer", "2")])
    log.fields([("hidden", "x")], level="debug")
    log.fields([])

    assert target.getvalue().decode() == "  a       1\n  longer  2\n"


def test_a_section_says_how_long_it_took() -> None:
    log, target, clock = logged()

    with log.section("Build"):
        log.info("work")
        clock.sleep(65)

    assert target.getvalue().decode() == "── Build\nwork\n   took 1 min 05 s\n"


def test_a_section_that_fails_says_so_and_lets_the_error_pass() -> None:
    log, target, clock = logged()

    def fail() -> None:
        with log.section("Build"):
            clock.sleep(1)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()

    assert target.getvalue().decode() == "── Build\n   failed after 1.0 s\n"


def test_colour_is_put_around_each_line_alone() -> None:
    log, target, _ = logged(colour=True)

    log.warning("two\nlines")
    log.info("plain")

    assert target.getvalue().decode() == "\x1b[33mwarning: two\x1b[0m\n\x1b[33mlines\x1b[0m\nplain\n"


def test_an_empty_text_is_an_empty_line() -> None:
    log, target, _ = logged()

    log.info("")

    assert target.getvalue() == b"\n"


def test_progress_is_a_line_now_and_then_however_often_it_is_told() -> None:
    log, target, clock = logged()
    progress = log.progress("scan", total=1000)

    for done in range(0, 1000, 10):
        progress(done)
        clock.sleep(1)

    assert target.getvalue().decode().splitlines() == [
        "scan: 300 of 1000 (30 %), about 1 min 10 s left",
        "scan: 600 of 1000 (60 %), about 40 s left",
        "scan: 900 of 1000 (90 %), about 10 s left",
    ]


def test_progress_without_a_total_says_for_how_long() -> None:
    log, target, clock = logged()
    progress = log.progress("lines", every=10)

    clock.sleep(10)
    progress(5, "still alive")
    clock.sleep(9)
    progress(7)
    clock.sleep(60)
    progress(0)

    assert target.getvalue().decode().splitlines() == [
        "lines: 5, after 10 s, still alive",
        "lines: 0, after 1 min 19 s",
    ]


@pytest.mark.parametrize("done", [0, 1, 10, 11])
def test_progress_beyond_its_total_or_before_its_begin_crashes_nothing(done: int) -> None:
    log, target, clock = logged()
    progress = log.progress("x", total=10)
    clock.sleep(31)
    progress(done)

    assert target.getvalue().decode().startswith(f"x: {done} of 10")


def test_a_line_of_the_log_does_not_end_up_behind_an_unfinished_one() -> None:
    log, target, _ = logged()

    log.stream.write("begun")
    log.info("said")

    assert target.getvalue() == b"begun\nsaid\n"


def limited(limit: int) -> tuple[Log, io.BytesIO]:
    """A log of which a runner keeps no more than `limit` bytes."""
    target, clock = io.BytesIO(), Time()
    return Log(LineStream(target, Redactor(), clock, limit=limit), clock, colour=False, level="debug"), target


def test_beyond_the_limit_output_is_left_out_with_one_notice_and_what_matters_is_not() -> None:
    log, target = limited(1000)

    for number in range(500):
        print(f"output {number}", file=log.stream)
        log.relay(f"relayed {number}")
        log.debug(f"debug {number}")
    log.warning("odd")
    log.info("── summary")
    log.error(["failed"], ["do this"])
    lines = target.getvalue().decode().splitlines()

    assert lines[-4:] == ["warning: odd", "── summary", "error: failed", "  do this"]
    assert len([line for line in lines if line.startswith("warning: so much is printed")]) == 1
    assert lines[0] == "output 0"
    assert len(target.getvalue()) < 1500


def test_one_block_beyond_the_limit_is_kept_whole_and_the_next_is_not() -> None:
    log, target = limited(10)

    log.stream.write("x" * 50 + "\n")
    log.stream.write("left out\n")

    assert target.getvalue().decode().startswith("x" * 50 + "\nwarning: so much")
    assert "left out\n" not in target.getvalue().decode()


def test_json_has_one_object_a_line_whoever_prints() -> None:
    log, target, clock = logged(level="debug", colour=True)
    log.as_json()
    clock.sleep(1.5)

    log.info("two\nlines")
    log.warning("\x1b[31modd\x1b[0m")
    log.error(["failed", "badly"], ["do this"])
    log.fields([("a", "1"), ("none", "")])
    with log.section("Build"):
        print('a "quoted"\nline', file=log.stream)

    assert [json.loads(line) for line in target.getvalue().decode().splitlines()] == [
        {"elapsed": 1.5, "level": "info", "message": "two\nlines"},
        {"elapsed": 1.5, "level": "warning", "message": "odd"},
        {"elapsed": 1.5, "level": "error", "message": "failed\nbadly", "hint": "do this"},
        {"elapsed": 1.5, "level": "info", "fields": {"a": "1"}},
        {"elapsed": 1.5, "level": "info", "message": "── Build"},
        {"elapsed": 1.5, "level": "output", "message": 'a "quoted"'},
        {"elapsed": 1.5, "level": "output", "message": "line"},
        {"elapsed": 1.5, "level": "info", "message": "   took 0.0 s"},
    ]


def test_lines_of_several_threads_stay_whole() -> None:
    log, target, _ = logged()

    def work(letter: str) -> None:
        for _ in range(200):
            log.info(letter * 50)

    threads = [threading.Thread(target=work, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {len(set(line)) for line in target.getvalue().decode().splitlines()} == {1}
    assert target.getvalue().count(b"\n") == 800
