"""Files that are secrets because of what they are: known by their names, and their lines or first bytes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from secret_scan.detectors.base import Detector, Line
from secret_scan.detectors.forms.files import FORMS
from secret_scan.detectors.settle import find_in_line
from secret_scan.values import Found


@dataclass(frozen=True)
class _Store:
    kind: str
    names: re.Pattern[str]
    starts: tuple[bytes, ...]


def _names(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


_DER = b"\x30"
_STORES = (
    _Store("PKCS #12 Key Store", _names(r".+\.(?:p12|pfx|pkcs12)"), (_DER,)),
    _Store("Java Key Store", _names(r".+\.(?:jks|jceks|keystore|ks|bks|truststore)"),
           (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce", b"\x30\x82", b"\x00\x00\x00\x01", b"\x00\x00\x00\x02")),
    _Store("KeePass Database", _names(r".+\.kdbx?"), (b"\x03\xd9\xa2\x9a",)),
    _Store("Private Key in DER", _names(r".+\.(?:pkcs8|pk8|der\.key|key\.der)"), (_DER,)),
    _Store("macOS Keychain", _names(r".+\.keychain(?:-db)?"), (b"kych",)),
    _Store("GnuPG Secret Keys", _names(r"secring\.(?:gpg|pgp|skr)|.+\.skr"), (b"\x95", b"\xc5", b"\x94")),
    _Store("Ethereum Key Store", _names(r"UTC--\d{4}-.+"), (b"{",)),
    _Store("Kerberos Key Table", _names(r".+\.keytab"), (b"\x05\x02", b"\x05\x01")),
    _Store("Password Safe", _names(r".+\.psafe3"), (b"PWS3",)),
    _Store("Android Signing Key", _names(r".+\.pepk"), (_DER,)),
)  # fmt: skip
# Stores of certificates alone, which are public, and what documentation and tests show.
_PUBLIC = _names(
    r"(?:.*[._-])?(?:truststore|cacerts|trusted|public|example|sample|template|dummy)(?:[._-].*)?"
)

_BY_NAME = tuple(map(Detector, FORMS))
RULE = "key-store-file"


def find_by_name(path: str, content: bytes) -> list[Found]:
    """The findings that only the file's name explains; its first bytes will do for a binary one.

    They may repeat what a detector finds in the same line: see `joined`.
    """
    detectors = [each for each in _BY_NAME if each.is_in(path)]
    found: list[Found] = []
    for number, text in enumerate(content.decode("utf-8", "replace").splitlines() if detectors else (), 1):
        for detector, match in find_in_line(Line(text, path), detectors):
            column = match.start + 1
            found.append(Found(detector.rule, detector.kind, match.value, number, column, text, match.why))
    store = _key_store(path, content)
    return [*found, store] if store else found


def joined(found: list[Found], by_name: list[Found]) -> list[Found]:
    """All findings in order, without those by name in whose line another detector has found something."""
    lines = {each.line for each in found if not each.cell}
    more = [each for each in by_name if each.line not in lines]
    return sorted([*found, *more], key=lambda each: (each.line, each.column)) if more else found


def _key_store(path: str, content: bytes) -> Found | None:
    """The finding that a store of keys is. Its value is the file's hash, as no text of it can be shown."""
    name = PurePosixPath(path).name
    for store in _STORES:
        if store.names.fullmatch(name) and content.startswith(store.starts) and not _PUBLIC.fullmatch(name):
            value = hashlib.sha256(content).hexdigest()
            why = "known by its name and its first bytes"
            return Found(RULE, store.kind, value, line=1, column=1, text="", why=why)
    return None
