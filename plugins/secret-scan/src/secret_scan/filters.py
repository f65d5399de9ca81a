"""Filters of ours that detect-secrets runs beside its own: found by path, their arguments filled by name."""

from __future__ import annotations

import re

_FROM_SECRET = re.compile(r"""from_secret["']?\s*:\s*["']?([^\s"',}]+)""")

_INDIRECT_REFERENCE = re.compile(r"(?::=?|[!=]{1,3})\s*[\w.-]+[\[(][^\v]*[\])]")
_LONGEST_REFERENCE = 1000
"""Characters of a line that may be a call. detect-secrets' own limit."""


def is_indirect_reference(line: str) -> bool:
    """Whether the line takes its value from a call or an index: `token = get_token()`.

    detect-secrets' own filter finds the same, but first tries every way to split what stands before the
    sign: a line of 800 spaces takes it more than a second.
    """
    return len(line) <= _LONGEST_REFERENCE and bool(_INDIRECT_REFERENCE.search(line))


def is_from_secret(line: str, secret: str) -> bool:
    """Whether the finding is the name of a secret: `password: {from_secret: registry_password}`.

    Every pipeline of Drone and Woodpecker has such lines. A token that stands on the same line is found all
    the same, because only the name itself is let through.
    """
    return any(found[1] == secret for found in _FROM_SECRET.finditer(line))
