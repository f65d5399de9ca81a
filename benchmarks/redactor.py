"""How fast a log passes the redactor, in megabytes a second and beside the same stream without secrets."""

import io
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from drone_plugin import Redactor, SystemClock
from drone_plugin.lines import LineStream

MEGABYTE = 1_000_000
SIZE = 100 * MEGABYTE
BLOCK = 1 << 16
"""What is read from another program's output at once."""

ROUNDS = 5
COUNTS = (1, 20, 200)


class Nowhere(io.BytesIO):
    """A file that forgets: what is measured is the way there."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Take all of it."""
        return len(data)


@dataclass(frozen=True)
class Kind:
    """A kind of log: its name and how its lines are made from a number and the first secret."""

    name: str
    line: Callable[[int, str], str]


KINDS = (
    Kind(
        "typical lines",
        lambda n, _: f"epoch {n % 50:02d} step {n:07d}: loss {1 / (n + 1):.6f}, 0.42 s a step",
    ),
    Kind(
        "hashes", lambda n, _: f"layer sha256:{n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 256):064x} done"
    ),
    Kind(
        "coloured", lambda n, _: f"\x1b[32mok\x1b[0m {n:07d} \x1b[2mtests/unit/test_model.py::test_fit\x1b[0m"
    ),
    Kind("almost secrets", lambda n, secret: f"{n:07d} token {secret[:-1]} is not the one"),
    Kind("a secret a line", lambda n, secret: f"{n:07d} token {secret} is the one"),
)


def _blocks(kind: Kind, secret: str) -> Sequence[str]:
    """One megabyte of such lines, in blocks that end where they end."""
    lines = [kind.line(number, secret) for number in range(MEGABYTE // 40)]
    text = ("\n".join(lines) + "\n")[:MEGABYTE]
    return [text[start : start + BLOCK] for start in range(0, len(text), BLOCK)]


def _seconds(blocks: Sequence[str], learned: Sequence[str], megabytes: int) -> float:
    redactor = Redactor()
    for secret in learned:
        redactor.learn(secret)
    redactor("")
    stream = LineStream(Nowhere(), redactor, SystemClock())
    start = time.perf_counter()
    for _ in range(megabytes):
        for block in blocks:
            stream.write(block)
    stream.finish()
    return time.perf_counter() - start


def report(size: int = SIZE) -> Iterator[str]:
    """The table; the first kind passes as 100 MB, the others as a tenth of it."""
    known = [secrets.token_urlsafe(30) for _ in range(max(COUNTS))]
    yield f"A log of {size // MEGABYTE} MB through the redactor, {BLOCK >> 10} KiB at a time, {ROUNDS} rounds"
    yield f"  {'':<18}{'none':>12}" + "".join(f"{f'secrets: {count}':>24}" for count in COUNTS)
    for number, kind in enumerate(KINDS):
        blocks = _blocks(kind, known[0])
        megabytes = size // MEGABYTE if number == 0 else size // MEGABYTE // 10
        times: dict[int, list[float]] = {count: [] for count in (0, *COUNTS)}
        for _ in range(ROUNDS):  # in turns, as everything here
            for count, taken in times.items():
                taken.append(_seconds(blocks, known[:count], megabytes))
        none, *some = (statistics.median(taken) for taken in times.values())
        cells = "".join(f"{f'{megabytes / one:.0f} MB/s, ratio {one / none:.1f}':>24}" for one in some)
        yield f"  {kind.name:<18}{f'{megabytes / none:.0f} MB/s':>12}{cells}"


if __name__ == "__main__":
    print("\n".join(report()))
