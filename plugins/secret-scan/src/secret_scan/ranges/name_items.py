"""Names as items: of files, branches and tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secret_scan.values import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG_NAME = re.compile(r"[^/]{16}")


@dataclass(frozen=True)
class NameContent:
    """A name, as a text to scan."""

    name: str

    def __call__(self) -> bytes:
        """Its bytes."""
        return self.name.encode("utf-8", "surrogateescape")


def name_item(path: str, commit: str = "", author_date: str = "") -> Iterator[Item]:
    """The name of a file, where a part of it is long enough to hold a secret."""
    if _LONG_NAME.search(path):
        content = NameContent(path)
        yield Item(path, "name", commit, author_date, size=len(content()), read=content)


def ref_item(kind: str, name: str) -> Item:
    """The name of a branch or tag."""
    content = NameContent(name)
    return Item(f"{kind} name", "ref", size=len(content()), read=content)
