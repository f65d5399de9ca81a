"""Whether a regular expression can take time out of all proportion to its text.

Python's engine tries every way to read a text. Where a text can be read in many ways, as by `(a+)+`, it tries
them all before it gives up. The shapes that allow this are looked for in the parsed expression; what is left
is tried, against the clock, on lines made of what the expression repeats.
"""

from __future__ import annotations

import multiprocessing
import re
import resource
from typing import TYPE_CHECKING

from secret_scan.expressions import EVERY, Node, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MANY = 20
"""Repetitions from which on a repetition within another one counts."""


def why_it_may_explode(regex: str) -> str:
    """Why not to run the expression on text of strangers; empty if nothing speaks against it.

    Raises re.error when it is no expression.
    """
    nodes = parsed(regex)
    return _shape(nodes) or _trial(regex, nodes)


def _shape(nodes: Sequence[Node]) -> str:
    """What is wrong with the shape of a sequence, and of what is in it."""
    for node in nodes:
        if node.kind == "reference":
            return "it refers back to a group"
        for part in node.parts:
            reason = (_repeated(part) if node.kind == "repeat" and node.most >= MANY else "") or _shape(part)
            if reason:
                return reason
    return ""


def _repeated(body: Sequence[Node]) -> str:
    """What is wrong with the body of a repetition: that one text of it can be read in two ways."""
    if all(node.kind == "look" or (node.kind == "repeat" and not node.least) for node in body):
        return "what is repeated may be empty, as in (a?)+"
    for at, node in enumerate(body):
        if node.kind == "repeat" and node.most >= MANY:
            others = [*body[:at], *body[at + 1 :]]
            if not any(each.kind == "chars" and not each.chars & node.all_chars() for each in others):
                return "a repetition stands in another one, as in (a+)+; put something that differs between"
        if node.kind == "branch":
            firsts = [_first(part) for part in node.parts]
            if any(one & other for number, one in enumerate(firsts) for other in firsts[number + 1 :]):
                return "two alternatives in a repetition begin alike, as in (a|ab)+"
        if node.kind != "repeat":
            for part in node.parts:
                if reason := _repeated(part):
                    return reason
    return ""


def _first(nodes: Sequence[Node]) -> frozenset[int]:
    """Every character that can be the first of what the nodes match."""
    found: frozenset[int] = frozenset()
    for node in nodes:
        found |= node.chars.union(*map(_first, node.parts))
        if node.kind not in ("look", "repeat") or (node.kind == "repeat" and node.least):
            break
    return found


LINE = 60_000
"""Characters of the lines to try: about as many as a line has that is looked at whole."""

SECONDS = 1
"""Of the processor's time, for all of them. A good expression takes a hundredth."""

PATIENCE = 20.0
"""Seconds to wait for that time on a machine that has other things to do."""


def _trial(regex: str, nodes: Sequence[Node]) -> str:
    """Try the expression in a process of its own: a running match cannot be stopped, a process can."""
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(regex, tuple(_trying(nodes))), daemon=True
    )
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
    done = process.exitcode == 0
    process.close()
    took = f"lines of {LINE} characters take it longer than {SECONDS} s; bound what it repeats: {{0,100}}"
    return "" if done else took


def _run(regex: str, lines: tuple[str, ...]) -> None:
    """Look for the expression in the lines; the kernel ends this process when its time is up."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    expression = re.compile(regex)
    for line in lines:
        for _ in expression.finditer(line):
            pass


def _trying(nodes: Sequence[Node]) -> Iterator[str]:
    """Lines of what the expression repeats, after what it begins with, with an end that does not fit."""
    head = "".join(chr(min(node.chars)) for node in nodes if node.kind == "chars" and len(node.chars) == 1)
    if len(head) > 1:
        yield head[:-1] * (LINE // len(head))
    for chars in set(_repetitions(nodes)) or {EVERY}:
        letters = [chr(each) for each in sorted(chars) if chr(each).isalnum()][:3] or [chr(min(chars))]
        body = "".join(letters) * (LINE // len(letters))
        yield "\x00".join(letters[0] * size for size in range(1, 60))
        for run in (body, letters[0] * LINE, (head + letters[0]) * (LINE // (len(head) + 1))):
            yield f"{run}\x00!"
            yield f"{head}{run}\x00!"
            yield f"{head[:1]}{run}\x00!"


def _repetitions(nodes: Sequence[Node]) -> Iterator[frozenset[int]]:
    """The characters of every repetition."""
    for node in nodes:
        chars = node.all_chars()
        if node.kind == "repeat" and chars:
            yield chars
        for part in node.parts:
            yield from _repetitions(part)
