"""What is no secret, although a detector's expression matches it."""

from __future__ import annotations

import re

_FROM_SECRET = re.compile(r"""from_secret["']?\s{0,9}:\s{0,9}["']?([^\s"',}]{1,200})""")


def is_from_secret(line: str, secret: str) -> bool:
    """Whether the finding is the name of a secret: `password: {from_secret: registry_password}`.

    Every pipeline of Drone and Woodpecker has such lines. A token that stands on the same line is found all
    the same, because only the name itself is let through.
    """
    return any(found[1] == secret for found in _FROM_SECRET.finditer(line))
