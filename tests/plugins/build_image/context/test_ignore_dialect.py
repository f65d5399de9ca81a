"""Ignore files: what docker leaves out is left out, and nothing else.

The expectations of the table are moby/patternmatcher's; both were compared over 48,000 random files as well.
"""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from build_image.context import plan_context
from build_image.context.ignore import read_ignore
from drone_plugin import SettingsError
from kit.engine import Engine

NAMES = (
    *("#hash", "$d", "(p)", ".env", "1file", "Dockerfile", "README.md", "[z]", "a.txt", "a|b", "b.md"),
    *("back\\slash", "conf/.env", "docs/a.md", "docs/img/p.png", "empty/", "file1", "foo bar.txt", "foo/bar"),
    *(
        "foobar/bar",
        "node_modules/x/index.js",
        "pkg/node_modules/y/z.js",
        "src/deep/er/data.csv",
        "src/main.py",
    ),
    *("src/test/x_test.py", "x+y", "{{name}}", "é.txt"),
)

ALL = " ".join(NAMES).replace("foo bar", "foo\\ bar")

AS_DOCKER_DOES = {
    "": "",
    "# a comment\n\n   \t\n": "",
    "*": ALL,
    "**": ALL,
    "*.md": "README.md b.md",
    "**/*.md": "README.md b.md docs/a.md",
    "*.md\n!README.md": "b.md",
    "!README.md\n*.md": "README.md b.md",
    "docs": "docs/a.md docs/img/p.png",
    "/docs": "docs/a.md docs/img/p.png",
    "docs/": "docs/a.md docs/img/p.png",
    "./src/../docs/.": "docs/a.md docs/img/p.png",
    "  docs  ": "docs/a.md docs/img/p.png",
    "docs/*": "docs/a.md docs/img/p.png",
    "docs/**": "docs/a.md docs/img/p.png",
    "docs/*.md": "docs/a.md",
    "*/*.md": "docs/a.md",
    "a.md": "",
    "node_modules": "node_modules/x/index.js",
    "**/node_modules": "node_modules/x/index.js pkg/node_modules/y/z.js",
    "**/node_modules/**": "node_modules/x/index.js pkg/node_modules/y/z.js",
    "*/node_modules": "pkg/node_modules/y/z.js",
    "**/.env": ".env conf/.env",
    "bar": "",
    "**/bar": "foo/bar foobar/bar",
    "foo": "foo/bar",
    "foo*": "foo\\ bar.txt foo/bar foobar/bar",
    "foo**": "foo\\ bar.txt foo/bar foobar/bar",
    "f?le1": "file1",
    "src\n!src/test": "src/deep/er/data.csv src/main.py",
    "src\n!src/deep/er": "src/main.py src/test/x_test.py",
    "src\n!src": "",
    "src/**/data.csv": "src/deep/er/data.csv",
    "**/d*p/**/*.csv": "src/deep/er/data.csv",
    "**/*.csv\n!src/**": "",
    "[0-9]*": "1file",
    "\ufeffb.md\na.txt": "a.txt b.md",
    "\\#hash": "#hash",
    "#hash": "",
    " #hash": "#hash",
    "foo\\ bar.txt": "foo\\ bar.txt",
    "foo bar.txt": "foo\\ bar.txt",
    "\\[z\\]": "[z]",
    "[z]": "",
    "back\\\\slash": "back\\slash",
    "$d": "$d",
    "é*": "é.txt",
    "{{name}}": "{{name}}",
    "Dockerfile\n.dockerignore": "Dockerfile",
    "../src": "",
    ".": "",
    "/": "",
}
"""Ignore file, and which of `NAMES` it leaves out, all versions of docker alike; `\\ ` is a space."""

AS_CURRENT_DOCKER_DOES = {
    "x+y": "x+y",
    "(p)": "(p)",
    "x+*": "x+y",
    "!src\nsrc": "src/deep/er/data.csv src/main.py src/test/x_test.py",
    "src\n!**/*.py": "src/deep/er/data.csv",
    "src\n!*/main.py": "src/deep/er/data.csv src/test/x_test.py",
    "[!0-9]file": "1file",
    "[^0-9]file": "",
    "[^a]*": ALL.replace("a.txt a|b ", ""),
    "[^/]*.txt": "a.txt foo\\ bar.txt é.txt",
    "docs[^x]a.md": "docs/a.md",
    "a|b": "a|b",
    "{{*}}": "{{name}}",
    "[[:digit:]]*": "1file",
    "\\dfile": "1file",
}
"""The same, where docker of ten years ago read something else."""


@pytest.fixture
def tree(workspace: Path) -> Path:
    """The files, and a Dockerfile that copies them."""
    for name in NAMES:
        path = workspace / name
        if name.endswith("/"):
            path.mkdir()
            continue
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(name)
    (workspace / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return workspace


def spelled(names: str) -> set[str]:
    """The names of a list between spaces."""
    return {name.replace("\0", " ") for name in names.replace("foo\\ bar", "foo\0bar").split(" ") if name}


@pytest.mark.parametrize(
    ("ignored", "names"), [*AS_DOCKER_DOES.items(), *AS_CURRENT_DOCKER_DOES.items()], ids=repr
)
def test_what_docker_leaves_out_is_left_out(tree: Path, ignored: str, names: str) -> None:
    (tree / ".dockerignore").write_text(ignored)
    sent = {entry.path for entry in plan_context(tree, ".", "Dockerfile").entries}
    left_out = {name for name in NAMES if name.rstrip("/") not in sent}
    assert left_out - {"empty/"} == spelled(names) - {"empty/"}


@pytest.mark.container
def test_an_image_has_what_the_docker_command_would_have_put_there(tree: Path, engine: Engine) -> None:
    command = next(
        path for path in ("/usr/bin/docker", shutil.which("docker")) if path and os.access(path, os.X_OK)
    )
    different = {}
    for ignored in AS_DOCKER_DOES:
        (tree / ".dockerignore").write_text(ignored)
        ours = {entry.path for entry in plan_context(tree, ".", "Dockerfile").entries}
        theirs = copied_by(command, engine, tree)
        if ours != theirs:
            different[ignored] = ours ^ theirs
    assert not different


def copied_by(command: str, engine: Engine, context: Path) -> set[str]:
    """What `COPY . /` copies where the docker command builds with BuildKit; nothing is kept."""
    archive = subprocess.run(
        [command, "build", "-q", "--output", "type=tar,dest=-", "."],
        cwd=context,
        env={
            "DOCKER_HOST": engine.docker_host,
            "DOCKER_BUILDKIT": "1",
            "HOME": str(context.parent),
            "PATH": os.defpath,
        },
        capture_output=True,
        check=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name.rstrip("/") for member in tar} - {""}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("docs\n!", 'x, line 2: "!" is an exception without a pattern'),
        ("!/", 'x, line 1: "!/" is an exception without a pattern'),
        ("# c\n\na[", 'x, line 3: "a[" has a [ without its ]'),
        ("*[", 'x, line 1: "*[" has a [ without its ]'),
        ("a[]", 'x, line 1: "a[]" has a ] in brackets where a character must be; escape it with \\'),
        ("[b-a]", 'x, line 1: "[b-a]" has the range b-a, which is upside down'),
        ("a\\", 'x, line 1: "a\\" ends in a backslash that escapes nothing'),
        ("a*\\1", 'x, line 1: "a*\\1" has the escape \\1, which means nothing; write 1'),
        ("x" * 65536, f'x, line 1: "{"x" * 79}…" is longer than the 65536 bytes that a line may have'),
        (
            "*[^a]" * 9,
            f'x, line 1: "{"*[^a]" * 9}" combines more than 3 wildcards with [^…], | or {{}}: write it more simply',
        ),
    ],
)
def test_a_pattern_that_docker_refuses_is_told_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_ignore(text, "x")
    assert str(raised.value) == problem


def test_all_bad_lines_of_an_ignore_file_are_told_together() -> None:
    with pytest.raises(SettingsError) as raised:
        read_ignore("a[\nok\n!", "app.Dockerfile.dockerignore")
    assert len(raised.value.lines()) == 3
    assert raised.value.hint == "each line is a path or a pattern; `!` in front of one makes an exception"


def test_names_that_are_no_utf8_are_matched_byte_for_byte_or_by_wildcards(workspace: Path) -> None:
    (workspace / os.fsdecode(b"latin-\xe9.txt")).touch()
    (workspace / "Dockerfile").touch()
    for pattern, sent in {b"latin-\xe9.txt": False, b"latin-?.txt": False, b"latin-\xe8.txt": True}.items():
        (workspace / ".dockerignore").write_bytes(pattern)
        paths = [entry.path for entry in plan_context(workspace, ".", "Dockerfile").entries]
        assert (os.fsdecode(b"latin-\xe9.txt") in paths) is sent


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "pattern", ["*a" * 60 + "b", "**/*a/" * 60 + "b", "*a?" * 60 + "b", "*[ab]" * 60 + "c"]
)
def test_a_hostile_pattern_takes_no_longer_than_another(pattern: str) -> None:
    matches = read_ignore(pattern, "x").patterns[0].matches
    for name in ("a" * 255, "/".join(["a"] * 250), "/".join(["a" * 250] * 15)):
        assert not matches(name)


def test_a_folder_that_is_left_out_is_walked_only_where_an_exception_could_bring_something_back() -> None:
    ignore = read_ignore("**/node_modules\n!src/**/*.py", "x")
    assert not ignore.may_return_below("node_modules")
    assert ignore.may_return_below("src/node_modules")
    assert not read_ignore("*", "x").may_return_below("src")
    assert read_ignore("*\n!src/app", "x").may_return_below("src")
    assert not read_ignore("*\n!src/app", "x").may_return_below("srcs")
    assert read_ignore("*\n!**/app", "x").may_return_below("anything/at/all")
