"""The comparison of a tree, packet by packet."""

import io
import stat
from collections.abc import Mapping
from typing import BinaryIO

import pytest

from build_image.buildkit.errors import ChangedFileError
from build_image.buildkit.filesync import DiffCopy, FileSync, Traffic
from build_image.buildkit.grpc import Exchange, RpcError, Status
from build_image.buildkit.packets import Kind, data_packet, go_mode, stat_packet
from build_image.buildkit.protobuf import Message, bytes_field, number_field
from build_image.buildkit.tree import Stat, TextTree

TREE = TextTree({"a": b"1234", "b": b"", "c": b"x" * 100_000})


def request(number: int) -> bytes:
    return number_field(1, Kind.REQUEST) + number_field(3, number)


def taken(copy: Exchange) -> list[tuple[Kind, str | bytes]]:
    """What there is to send: the paths of entries, the content of data."""
    found: list[tuple[Kind, str | bytes]] = []
    while (message := copy.next_message()) is not None:
        packet = Message(message)
        entry = packet.message(2)
        found.append((Kind(packet.number(1)), entry.text(1) if entry else packet.data(4)))
    return found


def copying(tree: TextTree = TREE) -> DiffCopy:
    return DiffCopy(tree, tree.stats(), Traffic())


def test_all_entries_are_told_then_their_end() -> None:
    assert taken(copying()) == [(Kind.STAT, "a"), (Kind.STAT, "b"), (Kind.STAT, "c"), (Kind.STAT, b"")]


def test_only_what_is_asked_for_is_sent_and_ends_in_an_empty_packet() -> None:
    copy = copying()
    taken(copy)
    copy.receive(request(1))
    copy.receive(request(0))

    assert taken(copy) == [(Kind.DATA, b""), (Kind.DATA, b"1234"), (Kind.DATA, b"")]
    assert not copy.is_finished


def test_a_large_file_comes_in_pieces() -> None:
    copy = copying()
    taken(copy)
    copy.receive(request(2))

    pieces = [len(data) for _, data in taken(copy)]
    assert pieces == [65536, 34464, 0]


def test_content_goes_before_entries_that_are_not_told_yet() -> None:
    copy = copying()
    copy.next_message()
    copy.receive(request(0))

    assert [kind for kind, _ in taken(copy)] == [Kind.DATA, Kind.DATA, Kind.STAT, Kind.STAT, Kind.STAT]


def test_the_end_is_answered_and_then_all_is_over() -> None:
    copy = copying()
    taken(copy)
    copy.receive(number_field(1, Kind.FINISH))

    assert taken(copy) == [(Kind.FINISH, b"")]
    assert copy.is_finished


def test_what_was_sent_is_counted() -> None:
    traffic = Traffic()
    copy = DiffCopy(TREE, TREE.stats(), traffic)
    taken(copy)
    copy.receive(request(0))
    taken(copy)

    assert traffic == Traffic(entries=3, files=1, content=4)


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        (request(3), "invalid file id 3"),
        (number_field(1, Kind.ERROR) + bytes_field(4, b"disk full"), "error from receiver: disk full"),
        (data_packet(1, b"x"), "error from receiver: x"),
        (number_field(1, 99), "no packet that is understood"),
        (b"\xff", "no packet that is understood"),
    ],
)
def test_what_makes_no_sense_ends_the_call(packet: bytes, text: str) -> None:
    copy = copying()
    taken(copy)

    with pytest.raises(RpcError, match=text):
        copy.receive(packet)


def test_a_file_is_asked_for_once() -> None:
    copy = copying()
    taken(copy)
    copy.receive(request(0))

    with pytest.raises(RpcError, match="invalid file id 0"):
        copy.receive(request(0))


class Opened(TextTree):
    """Remembers the files that it opened."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(files)
        self.readers: list[BinaryIO] = []

    def open(self, path: str) -> BinaryIO:
        """The file, and one byte less than there should be."""
        self.readers.append(io.BytesIO(super().open(path).read()[1:]))
        return self.readers[-1]


def test_a_file_that_is_not_what_it_was_is_an_error_and_is_closed() -> None:
    tree = Opened({"model.bin": b"1234"})
    copy = DiffCopy(tree, tree.stats(), Traffic())
    taken(copy)
    copy.receive(request(0))

    with pytest.raises(ChangedFileError, match=r"model\.bin changed while it was sent"):
        taken(copy)
    copy.close()
    assert tree.readers[0].closed


def begin(metadata: Mapping[str, tuple[str, ...]]) -> list[str | bytes]:
    method = FileSync({"context": TREE}).methods()["/moby.filesync.v1.FileSync/DiffCopy"]
    return [path for _, path in taken(method(metadata)) if path]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["a", "b", "c"]),
        ({"followpaths": ("b", "missing")}, ["b"]),
        ({"include-patterns": ("[ab]",)}, ["a", "b"]),
        ({"exclude-patterns": ("a",)}, ["b", "c"]),
        ({"exclude-patterns": ("%61", "%C3%BC+"), "exclude-patterns-encoded": ("1",)}, ["b", "c"]),
        ({"exclude-patterns": ("%61",)}, ["a", "b", "c"]),
    ],
)
def test_the_options_of_a_call_choose_what_is_told(
    options: Mapping[str, tuple[str, ...]], expected: list[str]
) -> None:
    assert begin({"dir-name": ("context",), **options}) == expected


@pytest.mark.parametrize("name", [("/etc",), ("",), ()])
def test_no_other_folder_can_be_asked_for(name: tuple[str, ...]) -> None:
    with pytest.raises(RpcError, match="no access allowed to dir") as raised:
        begin({"dir-name": name})

    assert raised.value.status is Status.NOT_FOUND


def test_a_pattern_that_cannot_be_is_an_error_of_the_ignore_file() -> None:
    with pytest.raises(RpcError, match="a pattern of the ignore file has a"):
        begin({"dir-name": ("context",), "exclude-patterns": ("[",)})


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (stat.S_IFREG | 0o644, 0o644),
        (stat.S_IFDIR | 0o755, 1 << 31 | 0o755),
        (stat.S_IFLNK | 0o777, 1 << 27 | 0o777),
        (stat.S_IFREG | 0o6755, 1 << 23 | 1 << 22 | 0o755),
        (stat.S_IFDIR | 0o1777, 1 << 31 | 1 << 20 | 0o777),
    ],
)
def test_modes_are_those_of_go(mode: int, expected: int) -> None:
    assert go_mode(mode) == expected


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK])
def test_what_no_context_can_hold_is_an_error(kind: int) -> None:
    with pytest.raises(ValueError, match="is no file, folder or symbolic link"):
        go_mode(kind)


def test_the_size_of_a_link_is_that_of_its_target_and_a_folder_has_none() -> None:
    link = Message(stat_packet(Stat("l", stat.S_IFLNK | 0o777, 0, 5, "ü"))).message(2)
    folder = Message(stat_packet(Stat("d", stat.S_IFDIR | 0o755, 4096))).message(2)

    assert link is not None
    assert folder is not None
    assert (link.number(5), link.number(6), link.text(7)) == (2, 5, "ü")
    assert folder.number(5) == 0


def test_texts_of_equal_length_have_times_that_differ() -> None:
    first, second = TextTree({"a": b"1"}).stats(), TextTree({"a": b"2"}).stats()

    assert [entry.mtime_ns for entry in first] != [entry.mtime_ns for entry in second]
