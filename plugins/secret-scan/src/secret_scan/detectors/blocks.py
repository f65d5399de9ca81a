"""Keys that stand in several lines: PEM, OpenSSH, PGP, PuTTY. Also as one string with escaped newlines.

detect-secrets reports the words of the first line alone, so that one accepted key covers every other
(its issue 858), and does not know encrypted ones. Here the value is the whole key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secret_scan.detectors.base import Detector, Form, Line, Match
from secret_scan.filters.placeholders import entropy

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = (
    r"(?:RSA |DSA |EC |OPENSSH |ENCRYPTED |ANY |SSH2 ENCRYPTED |SSH |ED25519 |AGE ENCRYPTED |)"
    r"PRIVATE KEY|PGP PRIVATE KEY BLOCK"
)
_HEADER = rf"-----? ?BEGIN (?:{_KINDS})-? ?----"
_FOOTER = re.compile(r"-----? ?(?:END|BEGIN) ")
_BASE64 = re.compile(r"[0-9A-Za-z+/=]{16,}")
_LEAST = 40
"""Characters of base64 below which it is no key: an Ed25519 one has 64; documents have dots there."""
_LEAST_ENTROPY = 3.6


class BlockDetector(Detector):
    """Finds private keys by their first line, and takes the whole of them."""

    blocks = True

    def find(self, line: Line) -> Iterator[Match]:
        """The keys that begin in the line."""
        for found in self.pattern.finditer(line.text):
            if footer := _FOOTER.search(line.text, found.end()):
                body, end = line.text[found.end() : footer.start()], footer.start()
            else:
                body, end = "\n".join((line.text[found.end() :], *_until_footer(line))), len(line.text)
            value = f"{found[0]}\n" + "".join(_BASE64.findall(_unfolded(body)))
            why = self.judge(value)
            if why:
                yield Match(value, found.start(), end, why)

    def judge(self, value: str) -> str:
        """A key has enough base64, of enough chance."""
        header, _, body = value.partition("\n")
        if len(body) < _LEAST or entropy(body[:2000]) < _LEAST_ENTROPY:
            return ""
        sort = "an encrypted private key" if "ENCRYPTED" in header else "a private key"
        return f"the first line of {sort}, and base64 after it"


def _until_footer(line: Line) -> Iterator[str]:
    for text in line.after:
        if _FOOTER.search(text):
            return
        yield text


def _unfolded(body: str) -> str:
    r"""Without the `\n` of a key that is written as one string: its n would be taken for base64."""
    return re.sub(r"\\+[nrt]", " ", body)


class PuttyDetector(BlockDetector):
    """PuTTY's own format says how many lines of the private part follow."""

    def find(self, line: Line) -> Iterator[Match]:
        """The keys that begin in the line."""
        for found in self.pattern.finditer(line.text):
            body = "".join(_BASE64.findall("\n".join(line.after)))
            if len(body) >= _LEAST:
                yield Match(
                    f"{found[0]}\n{body}", found.start(), len(line.text), "the first line of a PuTTY key"
                )


BLOCKS = (
    BlockDetector(Form("private-key", "Private Key", _HEADER, ("private key",), begin="", end="")),
    PuttyDetector(
        Form(
            "putty-private-key",
            "PuTTY Private Key",
            r"PuTTY-User-Key-File-[123]: [a-z0-9-]{4,40}",
            ("putty-user-key-file-",),
            end="",
        )
    ),
)
