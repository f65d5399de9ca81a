"""The door to detect-secrets: which of its plugins and filters run, and how a file is read for it.

Verification, which sends found strings to the services that they belong to, is never on.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

from secret_scan.detectors import databricks_plugin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from detect_secrets.core.potential_secret import PotentialSecret

# detect-secrets' defaults, but for verification, the filter that belongs to its baseline files, and the two
# that drop findings by the file's name: a secret in a lock file or a style sheet is one.
_FILTERS = (
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_likely_id_string",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_prefixed_with_dollar_sign",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_templated_secret",
    "secret_scan.filters.is_checksum",
    "secret_scan.filters.is_from_secret",
    "secret_scan.filters.is_indirect_reference",
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
    kinds = cast("Iterable[type]", get_mapping_from_secret_type_to_class().values())
    names = [kind.__name__ for kind in kinds]
    # The map is cached, and one without our detectors would be used for them too.
    get_mapping_from_secret_type_to_class.cache_clear()
    plugins: list[dict[str, str]] = [{"name": name} for name in names]
    plugins.append({"name": "DatabricksTokenDetector", "path": f"file://{databricks_plugin.__file__}"})
    with (
        transient_settings(
            {"plugins_used": plugins, "filters_used": [{"path": path} for path in _FILTERS]}
        ) as settings,
        tempfile.TemporaryDirectory(prefix="secret-scan-") as scratch,
    ):
        # It is on without being asked for, and skips lock files and style sheets by their names.
        settings.disable_filters("detect_secrets.filters.heuristic.is_non_text_file")
        yield Scanner(Path(scratch))
    get_mapping_from_secret_type_to_class.cache_clear()


class Scanner:
    """Scans files, one after the other."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def scan(self, root: Path, path: str) -> list[Finding]:
        """The findings in one file, in order.

        detect-secrets silently skips what is not UTF-8, so such a file is scanned in a copy that is.
        Raises UnscannableError when the file cannot be read.
        """
        try:
            content = _content(root / path)
        except FileNotFoundError:
            return []  # a step beside this one has removed it
        except OSError as error:
            raise UnscannableError(error.strerror) from None
        found = self._found(_text(content), Path(path).name) if content else []
        return sorted({Finding(path, secret.line_number, secret.type) for secret in found})

    def _found(self, text: str, name: str) -> list[PotentialSecret]:
        """What detect-secrets finds in `text`, read as the file's name says, else as plain lines.

        Its YAML reader fails on a date such as 2021-99-99, and takes the whole scan with it. It follows an
        alias into itself for ever, so none is left: what it stands for is scanned where it was written.
        """
        copy = self._scratch / name.encode("utf-8", "replace")[-100:].decode("utf-8", "replace")
        plain = self._scratch / "plain-text"
        if copy.suffix.lower() in _YAML:
            text = _YAML_MERGE.sub("merged", _YAML_ALIAS.sub("_", text))
        copy.write_text(text, encoding="utf-8", newline="")
        try:
            return list(scan_file(str(copy)))
        except Exception:  # noqa: BLE001 - a parser met hostile input
            copy.rename(plain)
            return list(scan_file(str(plain)))
        finally:
            copy.unlink(missing_ok=True)
            plain.unlink(missing_ok=True)


_YAML = frozenset({".yml", ".yaml", ".eyaml"})
# An alias where PyYAML's scanner would see one; and the key that wants a map, not what is left of an alias.
_YAML_ALIAS = re.compile(r"(?<![^\s\[{,:?-])\*(?=[0-9A-Za-z_-]+(?:[\s?:,\]}%@`]|$))")
_YAML_MERGE = re.compile(r"(?<![^\s{,-])<<(?=\s*:)")


def _content(path: Path) -> bytes:
    """The bytes of a text file, nothing of a binary one: a model's weights are not read to the end.

    By git's own rule of thumb: binary is what has a NUL byte early on, unless its first bytes mark it as
    UTF-16 or UTF-32.
    """
    with path.open("rb") as file:
        start = file.read(_START)
        if b"\0" in start and not _marked_encoding(start):
            return b""
        return start + file.read()


_START = 8000
# The longer marks first: that of UTF-32 begins like that of UTF-16.
_UNICODE_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


def _marked_encoding(content: bytes) -> str | None:
    """What the first bytes say, unless no byte is NUL: then nobody could read the text as they say."""
    if b"\0" not in content:
        return None
    return next((name for mark, name in _UNICODE_MARKS.items() if content.startswith(mark)), None)


def _text(content: bytes) -> str:
    for encoding in filter(None, (_marked_encoding(content), "utf-8-sig")):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
