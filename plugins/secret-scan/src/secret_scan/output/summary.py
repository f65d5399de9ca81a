"""The end of the log: each new secret in a block, then what was scanned and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secret_scan.output.blocks import block, place
from secret_scan.output.mask import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin import Log
    from secret_scan.output.result import Result

MOST_BLOCKS = 50
MOST_LINES = 1000
"""Secrets that get a block, and that get a line behind: of a log that is too long, Drone drops the start."""


def print_result(log: Log, result: Result) -> None:
    """Print what was found, new secrets at every log level."""
    for line in lines(result):
        log.outcome(line)
    for secret in result.newly:
        log.warning(f"newly suppressed: {place(secret.finding)}  {visible(secret.finding.found.kind)}")
    log.fields(
        [
            ("range", result.scanned.words),
            ("scanned", str(result.scanned)),
            ("found", result.counts()),
        ]
    )


def lines(result: Result) -> Iterator[str]:
    """The blocks of the new secrets; of very many, one line each, and then their number."""
    for secret in result.new[:MOST_BLOCKS]:
        yield from block(secret, result.values(secret), result.baseline)
        yield ""
    for secret in result.new[MOST_BLOCKS : MOST_BLOCKS + MOST_LINES]:
        yield f"{visible(secret.finding.found.kind)}  {place(secret.finding)}"
    left = len(result.new) - MOST_BLOCKS - MOST_LINES
    if left > 0:
        yield f"and {left} more"
