"""The door to detect-secrets: which of its plugins and filters run, and how a file is read for it.

Verification, which sends found strings to the services that they belong to, is never on.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detect_secrets.core.potential_secret import PotentialSecret

# detect-secrets' defaults, but for verification, the filter that belongs to its baseline files, and the two
# that drop findings by the file's name: a secret in a lock file or a style sheet is one.
_FILTERS = (
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_indirect_reference",
    "detect_secrets.filters.heuristic.is_likely_id_string",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_prefixed_with_dollar_sign",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_templated_secret",
    "secret_scan.filters.is_from_secret",
)


@dataclass(frozen=True, order=True)
class Finding:
    """A secret's place. The secret itself is not kept."""

    path: str
    line: int
    kind: str


class UnscannableError(Exception):
    """A file could not be scanned."""


@contextmanager
def scanner() -> Iterator[Scanner]:
    """A scanner with detect-secrets set up for the time of the block."""
    kinds = get_mapping_from_secret_type_to_class().values()
    plugins: list[dict[str, str]] = [{"name": kind.__name__} for kind in kinds]
    with (
        transient_settings({"plugins_used": plugins, "filters_used": [{"path": path} for path in _FILTERS]}),
        tempfile.TemporaryDirectory(prefix="secret-scan-") as scratch,
    ):
        yield Scanner(Path(scratch))


class Scanner:
    """Scans files; `secrets` are the strings found so far, for the log's redactor."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self.secrets: set[str] = set()

    def scan(self, root: Path, path: str) -> list[Finding]:
        """The findings in one file, in order.

        detect-secrets silently skips what is not UTF-8, so such a file is scanned in a copy that is.
        Raises UnscannableError when the file cannot be read.
        """
        try:
            content = (root / path).read_bytes()
        except OSError as error:
            raise UnscannableError(error.strerror) from None
        if _is_binary(content):
            return []
        found = self._found(_text(content), Path(path).name)
        self.secrets |= {secret.secret_value for secret in found if secret.secret_value}
        return sorted({Finding(path, secret.line_number, secret.type) for secret in found})

    def _found(self, text: str, name: str) -> list[PotentialSecret]:
        """What detect-secrets finds in `text`, read as the file's name says, else as plain lines.

        Its YAML reader fails on a date such as 2021-99-99, and takes the whole scan with it.
        """
        copy = self._scratch / name.encode("utf-8", "replace")[-100:].decode("utf-8", "replace")
        plain = self._scratch / "plain-text"
        copy.write_text(text, encoding="utf-8", newline="")
        try:
            return list(scan_file(str(copy)))
        except Exception:  # noqa: BLE001 - a parser met hostile input
            copy.rename(plain)
            return list(scan_file(str(plain)))
        finally:
            copy.unlink(missing_ok=True)
            plain.unlink(missing_ok=True)


def _is_binary(content: bytes) -> bool:
    """Git's own rule of thumb: a NUL byte early on, unless a mark says that the text is UTF-16 or UTF-32."""
    return b"\0" in content[:8000] and not _UNICODE_MARKS.get(content[:2])


_UNICODE_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def _text(content: bytes) -> str:
    for encoding in filter(None, (_UNICODE_MARKS.get(content[:2]), "utf-8-sig")):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
