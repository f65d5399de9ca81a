"""Strings that only look drawn by chance: detect-secrets' two entropy plugins, tuned.

Quoted strings alone. Theirs also report checksums, images in base64, ids and alphabets; a UUID inside of
a string hides it there, whatever else it holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secret_scan.base64_text import text_in_base64
from secret_scan.detectors.base import Detector, Form, Line, Match
from secret_scan.detectors.offline import Base64HighEntropyString, HexHighEntropyString
from secret_scan.filters.examples import is_published
from secret_scan.filters.placeholders import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is called so is no secret, though drawn by chance.
_PUBLIC = re.compile(
    r"(?:integrity|check_?sum|digest|hash(?:es)?|md5|sha-?\d{0,3}|crc\d*|commit|revision|rev|etag|uuid|guid"
    r"|fingerprint|nonce"
    r"|public_?-?key|pub_?key|signature|certificate|cert|thumbprint|image|icon|png|svg|src|href"
    r"|version|blob|tree|parent|object"
    r"|node|build|trace|span|[_.-]?ids?|sri|resolved|file(?:name)?|path|url|charset|alphabet|letters"
    r"|chars|expected|golden|x5[ct]\w*)"
    r"""["'\])]{0,3}\s{0,9}(?:=>|:=|[=:,(]|\s)+\s{0,9}\[?(?:[\w.]{1,30}\()?\\?["'`bru]{0,2}$""",
    re.IGNORECASE,
)
# Further off in the line, or in the one before, as `"alg": "SHA-256"`, and a file's name before its checksum.
_CHECKSUM = re.compile(
    r"(?<![a-z])(?:sha-?\d{1,3}|md5|blake\w{0,4}|check_?sum|digest|integrity|hash(?:es)?)(?![a-z])|hexdigest"
    r"""|\.[a-z][a-z0-9]{1,5}["']\s?[:,]\s?["']$""",
    re.IGNORECASE,
)
# As DER (P-256, RSA, Ed25519) and as OpenSSH has them.
_PUBLIC_KEYS = (
    "MFkwEwYH",
    "MIIBIjANBg",
    "MIICIjANBg",
    "MCowBQYDK2Vw",
    "MIGfMA0G",
    "AAAAB3NzaC1",
    "AAAAC3NzaC1",
    "AAAAE2Vj",
)
_BASE64 = re.compile(
    r"""(?<![\w+/=-])(?P<quote>\\?["'`])(?P<value>[0-9A-Za-z+/_-]{20,128}={0,2})(?P=quote)"""
)
_HEX = re.compile(r"""(?P<quote>\\?["'`])(?P<value>[0-9a-f]{32,128}|[0-9A-F]{32,128})(?P=quote)""")
# Not 40: what has so many is a commit of git more often than all else together.
_HEX_LENGTHS = frozenset({32, 48, 56, 64, 96, 128})
_SIGNED = re.compile(
    r"\d{4}-\d\d-\d\d|[/_-]{2}|(?:[/_-][A-Za-z]?[a-z]{2,}){3}|^[/_-]|[a-z]{9}|^[A-Za-z]+(?:[A-Z][a-z]{2,})+$"
)


class Base64Detector(Detector):
    """Quoted strings of base64 letters with more entropy than 4.5 bits a letter (their plugin's limit)."""

    generic = True
    chance = True
    expression = _BASE64

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.plugin = self._plugin()

    @staticmethod
    def _plugin() -> Base64HighEntropyString | HexHighEntropyString:
        return Base64HighEntropyString()

    def find(self, line: Line) -> Iterator[Match]:
        """The strings of high entropy that nothing explains."""
        for found in self.expression.finditer(line.text):
            value, start = found["value"], found.start("value")
            measured = self.plugin.calculate_shannon_entropy(value)
            if measured <= self.plugin.entropy_limit or not self.is_random(value) or is_published(value):
                continue
            head = line.text[max(0, start - 120) : start]
            if not self._is_public(line, head, value) and not is_placeholder(value):
                yield Match(value, start, found.end("value"), f"quoted, entropy {measured:.1f}")

    @staticmethod
    def _is_public(line: Line, head: str, value: str) -> bool:
        """Whether something says that it is a checksum or a public key, or it is text in base64."""
        named = _PUBLIC.search(head) or _CHECKSUM.search(head) or _CHECKSUM.search(line.before[-200:])
        return bool(named or value.startswith(_PUBLIC_KEYS) or text_in_base64(value))

    @staticmethod
    def is_random(value: str) -> bool:
        """Not a path, not words: small letters, capitals and digits, as all but a few random ones have."""
        return (
            not _SIGNED.search(value)
            and any(map(str.isdigit, value))
            and any(map(str.islower, value))
            and any(map(str.isupper, value))
        )


class HexDetector(Base64Detector):
    """Quoted strings of hex digits, of a length that keys have."""

    expression = _HEX

    @staticmethod
    def _plugin() -> Base64HighEntropyString | HexHighEntropyString:
        return HexHighEntropyString()

    @staticmethod
    def is_random(value: str) -> bool:
        """Not a number, and not of any length."""
        return len(value) in _HEX_LENGTHS and not value.isdigit()


CHANCE = (
    Base64Detector(
        Form("high-entropy-base64", "Base64 High Entropy String", "[0-9A-Za-z+/_-]{20}", (), begin="", end="")
    ),
    HexDetector(Form("high-entropy-hex", "Hex High Entropy String", "[0-9A-Fa-f]{32}", (), begin="", end="")),
)
