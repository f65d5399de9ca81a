"""Trees as real repositories have them: changing, oddly named, linked, many, huge; as the image has them afterwards."""

import io
import os
import secrets
import stat
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import pytest

from build_image.buildkit import ChangedFileError, Stat, TextTree
from kit.buildkit_builds import Builds, FolderTree

pytestmark = pytest.mark.container

COPY_ALL = "FROM scratch\nCOPY . /src\n"
FILE = stat.S_IFREG | 0o644


class NotAsItWasError(Exception):
    """What a tree of somebody else's raises."""


class OneFile:
    """A tree of one file, whose content need not be what its entry says."""

    def __init__(self, size: int, content: BinaryIO | Exception) -> None:
        self.size = size
        self.content = content

    def stats(self) -> Iterable[Stat]:
        """An entry that no engine has seen before."""
        return [Stat("file", FILE, self.size, secrets.randbits(60))]

    def open(self, _: str) -> BinaryIO:
        """The content, or its error."""
        if isinstance(self.content, Exception):
            raise self.content
        return self.content


class Zeros(io.BytesIO):
    """Zeros that are nowhere."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = size

    def read(self, size: int | None = -1, /) -> bytes:
        """Some of them."""
        count = min(size or 0, self.left)
        self.left -= count
        return bytes(count)


@pytest.mark.parametrize("content", [b"1234", b"123456"], ids=["shorter", "longer"])
def test_a_file_that_changes_while_it_is_sent_ends_the_build(run_build: Builds, content: bytes) -> None:
    with pytest.raises(ChangedFileError, match="file changed while it was sent: it has no longer 5 bytes"):
        run_build(COPY_ALL, OneFile(5, io.BytesIO(content)))


def test_what_a_tree_raises_reaches_who_builds(run_build: Builds) -> None:
    error = NotAsItWasError("the file is gone")

    with pytest.raises(NotAsItWasError) as raised:
        run_build(COPY_ALL, OneFile(5, error))

    assert raised.value is error


def test_names_links_and_modes_arrive_as_they_are(
    run_build: Builds, shell_image: str, tmp_path: Path
) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    names = "ünïcode", "new\nline", "back\\slash", "*star", "[set]", "%41", "-rf", " ", "日本語", "😀", "a b "
    for name in names:
        (folder / name).write_text(name)
    (folder / "tool").write_text("x")
    (folder / "tool").chmod(0o755)
    (tmp_path / "link").symlink_to("a folder/tool")
    (tmp_path / "dangling").symlink_to("/no/such/ünïcode")

    look = "find . -print0; for link in link dangling; do readlink $link; done; ls -l 'a folder/tool'"
    built = run_build(
        f"FROM {shell_image}\nCOPY . /src\nRUN cd /src && {look}\n", FolderTree(tmp_path), no_cache=True
    )

    found, _, rest = built.output.rpartition("\0")
    assert {f"./a folder/{name}" for name in names} <= set(found.split("\0"))
    assert rest.startswith("a folder/tool\n/no/such/ünïcode\n-rwxr-xr-x    1 0        0 ")


def test_a_name_that_is_no_utf_8_arrives_as_it_is(
    run_build: Builds, shell_image: str, tmp_path: Path
) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).write_text("latin")

    built = run_build(
        f"FROM {shell_image}\nCOPY . /src\nRUN cd /src && echo * | od -c | head -n 1\n",
        FolderTree(tmp_path),
        no_cache=True,
    )

    assert "c   a   f 351" in built.output


def test_copy_follows_links_and_wildcards_and_sends_nothing_else(
    run_build: Builds, shell_image: str, tmp_path: Path
) -> None:
    for name in ("real/data.csv", "real/more/deep.txt", "kept/a.py", "kept/b.py", "other/large"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "data").symlink_to("real")
    (tmp_path / "kept/c.py").symlink_to("../real/more/deep.txt")

    built = run_build(
        f"FROM {shell_image}\nCOPY data/data.csv kept/*.py /src/\nRUN cd /src && head -n 9 *\n",
        FolderTree(tmp_path),
        no_cache=True,
        shared_key=secrets.token_hex(8),
    )

    assert "real/data.csv" in built.output
    assert "==> c.py <==\nreal/more/deep.txt" in built.output
    assert built.session.traffic["context"].files == 4


def test_twenty_thousand_files_arrive(run_build: Builds, shell_image: str) -> None:
    files = {f"file{number:05}": b"%d" % number for number in range(20_000)}

    built = run_build(
        f"FROM {shell_image}\nRUN --mount=type=bind,target=/src ls /src | wc -l\n",
        TextTree(files),
        no_cache=True,
        shared_key=secrets.token_hex(8),
    )

    assert built.output.strip() == "20000"
    assert built.session.traffic["context"].files == 20_000


def test_a_huge_file_needs_no_memory(run_build: Builds) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew, at what is there now (proc(5))
    before = _peak()
    run_build(COPY_ALL, OneFile(300_000_000, Zeros(300_000_000)))

    assert _peak() - before < 20_000_000


def test_two_builds_go_on_at_once(run_build: Builds, shell_image: str) -> None:
    outputs: dict[str, str] = {}

    def build(word: str) -> None:
        context = TextTree({"word": word.encode(), "more": b"x" * 3_000_000})
        dockerfile = f"FROM {shell_image}\nCOPY . /src\nRUN cat /src/word\n"
        builds = Builds(run_build.api, f"{run_build.tag}-{word}")
        outputs[word] = builds(dockerfile, context, no_cache=True, shared_key="both").output
        builds.remove()

    words = [secrets.token_hex(8) for _ in range(2)]
    threads = [threading.Thread(target=build, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outputs == {word: word for word in words}


def _peak() -> int:
    """Bytes that this process has ever had in memory at once."""
    status = Path("/proc/self/status").read_text("ascii")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])
