"""Filters of ours that detect-secrets runs beside its own: found by path, their arguments filled by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin
from detect_secrets.plugins.keyword import KeywordDetector

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

_FROM_SECRET = re.compile(r"""from_secret["']?\s*:\s*["']?([^\s"',}]+)""")

_INDIRECT_REFERENCE = re.compile(r"(?::=?|[!=]{1,3})\s*[\w.-]+[\[(][^\v]*[\])]")
_LONGEST_REFERENCE = 1000
"""Characters of a line that may be a call. detect-secrets' own limit."""


def is_indirect_reference(line: str, plugin: BasePlugin) -> bool:
    """Whether the line takes its value from a call or an index: `token = get_token()`.

    Only what is guessed by the name before it is let through: a token that its shape gives away is one in
    `connect("…")`, too, where detect-secrets drops the whole line (its issue 857). Its own filter also tries
    every way to split what stands before the sign: a line of 800 spaces takes it more than a second.
    """
    if not isinstance(plugin, KeywordDetector):
        return False
    return len(line) <= _LONGEST_REFERENCE and bool(_INDIRECT_REFERENCE.search(line))


# `integrity: sha512-…`, `checksum = "…"`, `hash = "sha256:…"`: what a lock file says of an archive.
_CHECKSUM = re.compile(
    r"""(?:integrity|checksum|digest|hash|md5|sha-?\d{1,3})["']?\s*[:=]\s*["']?((?:sha\d{1,3}[-:])?[\w+/=-]+)""",
    re.IGNORECASE,
)


def is_checksum(line: str, secret: str, plugin: BasePlugin) -> bool:
    """Whether a string that only its entropy gives away is called a checksum: lock files are full of them."""
    return isinstance(plugin, HighEntropyStringsPlugin) and any(
        found[1].endswith(secret) for found in _CHECKSUM.finditer(line)
    )


def is_from_secret(line: str, secret: str) -> bool:
    """Whether the finding is the name of a secret: `password: {from_secret: registry_password}`.

    Every pipeline of Drone and Woodpecker has such lines. A token that stands on the same line is found all
    the same, because only the name itself is let through.
    """
    return any(found[1] == secret for found in _FROM_SECRET.finditer(line))
