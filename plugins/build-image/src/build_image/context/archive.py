"""A context as a tar file that says the same for the same content, whoever made it, where and when."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from build_image.context.crew import SIZE, Crew
from build_image.context.entries import Kind
from build_image.context.headers import BLOCK, header, padding
from build_image.context.unreadable import changed, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from build_image.context.crew import Batch
    from build_image.context.entries import Entry
    from build_image.context.files import Files

LARGE: Final = SIZE // 4
"""Bytes from which a file is streamed by itself."""

_TYPES = {Kind.FILE: b"0", Kind.FOLDER: b"5", Kind.LINK: b"2"}


def tar(entries: Sequence[Entry], files: Files, added: Mapping[str, bytes]) -> Iterator[bytes]:
    """The archive, piece by piece: `added` are texts by name, which take the place of entries of that name.

    The end comes only after every file was found to be what it was when it was hashed: else JobFailedError
    is raised. Owners are root, as the classic builder makes them and BuildKit does not.
    """
    for name, text in added.items():
        yield header(name, 0o644, b"0", len(text)) + text + padding(len(text))
    with Crew() as crew:
        batch = crew.batch()
        for number, entry in enumerate(entries):
            if entry.path in added:
                continue
            head = _header(entry)
            if batch.end + len(head) + min(entry.size, LARGE) + BLOCK > SIZE or entry.size >= LARGE:
                yield bytes(batch.buffer[: batch.end])
                crew.do(partial(_verify, entries), batch)
                batch = crew.batch()
            if entry.size >= LARGE:
                yield head
                yield from files.chunks(entry)
                _put(batch, padding(entry.size))
            else:
                _put(batch, head)
                _add(batch, number, entry, files)
        yield bytes(batch.buffer[: batch.end])
        crew.do(partial(_verify, entries), batch)
        crew.finish()
    yield bytes(2 * BLOCK)


def _header(entry: Entry) -> bytes:
    name = f"{entry.path}/" if entry.kind is Kind.FOLDER else entry.path
    return header(name, entry.mode & 0o777, _TYPES[entry.kind], entry.size, entry.link)


def _put(batch: Batch, data: bytes) -> None:
    batch.buffer[batch.end : batch.end + len(data)] = data
    batch.end += len(data)


def _add(batch: Batch, number: int, entry: Entry, files: Files) -> None:
    """Put the content of a small file behind its header."""
    if entry.kind is not Kind.FILE:
        return
    end = batch.end + entry.size
    try:
        # A byte more, to see one more; the padding or the next header comes over it.
        count = files.read_into(entry.path, batch.buffer[batch.end : end + 1])
    except OSError as error:
        raise unreadable(entry.path, error) from None
    if count != entry.size:
        raise changed(entry.path)
    batch.parts.append((number, batch.end, end))
    batch.end = end
    _put(batch, padding(entry.size))


def _verify(entries: Sequence[Entry], batch: Batch) -> None:
    for number, start, end in batch.parts:
        if sha256(batch.buffer[start:end]).digest() != entries[number].sha256:
            raise changed(entries[number].path)
