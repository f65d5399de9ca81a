"""The archives, as both builders make an image of them."""

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from build_image.context import DOCKERFILE_NAME, Context, plan_context
from kit.builders import Build, Builder, build
from kit.engine import Engine

pytestmark = pytest.mark.container

Members = dict[str, tarfile.TarInfo]


@pytest.fixture
def tree(workspace: Path) -> Path:
    """A context with a script, a link, an empty folder, odd and long names, and a large file."""
    (workspace / "Dockerfile").write_text("FROM scratch\nCOPY . /src\n")
    (workspace / "app/empty").mkdir(parents=True)
    (workspace / "app/run.sh").write_text("#!/bin/sh\n")
    (workspace / "app/run.sh").chmod(0o700)
    (workspace / "app/link").symlink_to("run.sh")
    (workspace / os.fsdecode(b"latin-\xe9.txt")).write_text("odd")
    (workspace / ("long-" + "x" * 120)).write_text(str(workspace))
    (workspace / "large.bin").write_bytes(os.urandom(3 << 20))
    return workspace


@pytest.fixture
def built(engine: Engine, repo: str) -> Callable[[Builder, Context], Members]:
    """Build a context and list what is below /src."""

    def below(builder: Builder, context: Context) -> Members:
        classic = (DOCKERFILE_NAME, context.archive())
        name, archive = classic if builder == "classic" else context.archive_for_buildkit()
        build(engine.client(), Build(b"".join(archive), name, f"{repo}:1"), builder=builder)
        container = engine.client().containers.create(f"{repo}:1", command=["none"])
        try:
            stream, _ = container.get_archive("/src")
            with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as tar:
                return {member.name.partition("/")[2]: member for member in tar}
        finally:
            container.remove(force=True)

    return below


@pytest.mark.parametrize("builder", ["classic", "buildkit"])
def test_an_image_holds_the_entries_with_roots_owner_and_gits_permissions(
    tree: Path, built: Callable[[Builder, Context], Members], builder: Builder
) -> None:
    context = plan_context(tree, ".", "Dockerfile")
    members = built(builder, context)
    assert members.keys() - {""} == {entry.path for entry in context.entries}
    for entry in context.entries:
        member = members[entry.path]
        assert (member.uid, member.gid) == (0, 0)
        assert member.mode & 0o777 == entry.mode & 0o777
        assert (member.size, member.linkname) == (entry.size, entry.link)
        assert member.isdir() or member.mtime == entry.mtime_ns // 10**9


@pytest.mark.parametrize(("builder", "seen"), [("classic", set()), ("buildkit", {DOCKERFILE_NAME})])
def test_a_dockerfile_that_is_ignored_is_hidden_where_the_builder_can_do_it(
    tree: Path, built: Callable[[Builder, Context], Members], builder: Builder, seen: set[str]
) -> None:
    (tree / ".dockerignore").write_text("*\n!app\n")
    members = built(builder, plan_context(tree, ".", "Dockerfile"))
    assert members.keys() - {""} == {"app", "app/empty", "app/link", "app/run.sh", *seen}
