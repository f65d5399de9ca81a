"""Names of branches and tags, and what people wrote into tags."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from drone_plugin.errors import PluginError
from drone_plugin.git_objects import Entry
from secret_scan.ranges.content import MessageContent
from secret_scan.ranges.file_content import FileContent
from secret_scan.ranges.name_items import NameContent, ref_item
from secret_scan.values import Item

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drone_plugin import Build
    from secret_scan.ranges.clone import Clone

TAG_MESSAGE: Final = "tag message"
DESCRIPTION: Final = "pull request description"
_LONGEST_CHAIN = 20
"""Tags of tags of tags."""


def build_refs(clone: Clone, build: Build, workspace: Path) -> Iterator[Item]:
    """The names of the build's branch or tag, and the tag's message."""
    if build.tag:
        yield ref_item("tag", build.tag)
        yield from _messages(clone, _tag_object(clone, build, workspace))
    branch = build.commit.source_branch if build.is_pull_request_code else build.commit.branch
    if branch and branch != build.tag:
        yield ref_item("branch", branch)


def description(build: Build, title: str) -> Iterator[Item]:
    """What somebody wrote about a pull request. On Drone its text is called the build's commit message."""
    text = "\n".join(dict.fromkeys(filter(None, (title, build.commit.message))))
    if build.is_pull_request_code and text:
        content = NameContent(text)
        yield Item(DESCRIPTION, "message", size=len(content()), read=content)


def all_refs(clone: Clone) -> Iterator[Item]:
    """The names of all branches and tags, and the messages of all tags."""
    command = ("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)")
    for line in clone.git.run(*command).stdout.splitlines():
        kind, name, ref = line.decode("utf-8", "surrogateescape").split(" ", 2)
        is_tag = ref.startswith("refs/tags/")
        yield ref_item("tag" if is_tag else "branch", ref.removeprefix("refs/").partition("/")[2])
        if kind == "tag":
            yield from _messages(clone, name)


def tagged_files(clone: Clone) -> Iterator[Entry]:
    """Contents that a ref stands for directly, which no commit leads to."""
    command = (
        "for-each-ref",
        "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)",
    )
    for line in clone.git.run(*command).stdout.splitlines():
        parts = line.decode("utf-8", "surrogateescape").split(" ", 4)
        kind, name = (parts[2], parts[3]) if parts[0] == "tag" else (parts[0], parts[1])
        if kind == "blob":
            yield Entry(parts[4], name, is_new=False)
        elif kind == "tree":
            yield from clone.git.files(name)


def _tag_object(clone: Clone, build: Build, workspace: Path) -> str:
    """The object of an annotated tag, or nothing.

    Gogs calls it the commit of the build. The clone step fetches the tag without giving it a name: the file
    of what was fetched last tells its id.
    """
    ref = f"refs/tags/{build.tag}"
    fetched = ""
    with suppress(OSError):
        fetched = (
            FileContent(str(workspace), ".git/FETCH_HEAD")()[:64].decode("ascii", "replace").split("\t")[0]
        )
    known = [name for name in (build.commit.sha, clone.ref(ref), fetched) if name]
    for name in known:
        with suppress(PluginError):
            kept = clone.git.kept([name])[0]
            if kept and kept.kind == "tag":
                return name
    if known[1:] or not clone.fetched(ref):
        return ""
    return clone.git.run("rev-parse", "--verify", "--quiet", "FETCH_HEAD", accept=(0, 1, 128)).text


def _messages(clone: Clone, name: str) -> Iterator[Item]:
    """The message of a tag, and of the tag that it is a tag of."""
    for _ in range(_LONGEST_CHAIN):
        kept = clone.git.kept([name])[0] if name else None
        if kept is None or kept.kind != "tag":
            return
        yield Item(TAG_MESSAGE, "message", blob=name, size=kept.size, read=MessageContent(clone.git, name))
        first = clone.git.content(name).partition(b"\n")[0].decode("ascii", "replace")
        name = first.removeprefix("object ")
