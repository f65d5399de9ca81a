"""What a Dockerfile can see, and the paths that it is not shown."""

import hashlib
import io
import os
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_image.context import DOCKERFILE_NAME, Context, Found, Kind, plan_context
from build_image.context.hashing import hashed
from build_image.context.headers import header
from drone_plugin import JobFailedError, SettingsError

FILES = (
    "Dockerfile",
    ".git/HEAD",
    ".drone-ml/image.json",
    "app/main.py",
    "app/.git/HEAD",
    "app/vendor/.drone-ml/x",
    "app/data/big.csv",
    "notes.md",
)


@pytest.fixture
def tree(workspace: Path) -> Path:
    """A workspace with `FILES` in it, each with its own name as content."""
    for name in FILES:
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return workspace


def opened(context: Context) -> tarfile.TarFile:
    """Its archive."""
    return tarfile.open(fileobj=io.BytesIO(b"".join(context.archive())))


def sent(context: Context) -> dict[str, str]:
    """What is in the archive: regular files by name."""
    with opened(context) as tar:
        return {
            member.name: content.read().decode()
            for member in tar
            if member.isreg() and (content := tar.extractfile(member)) is not None
        }


def files_sent(workspace: Path, ignored: str = "", **chosen: str) -> set[str]:
    """Their names, without the two that the builder takes out again."""
    if ignored:
        (workspace / ".dockerignore").write_text(ignored)
    context = plan_context(workspace, chosen.get("context", "."), chosen.get("dockerfile", "Dockerfile"))
    return sent(context).keys() - {DOCKERFILE_NAME, ".dockerignore"}


def test_repository_data_and_hand_over_files_are_never_sent(tree: Path) -> None:
    assert files_sent(tree) == {"Dockerfile", "app/main.py", "app/data/big.csv", "notes.md"}


@pytest.mark.parametrize(
    "again", ["!.git", "!.git/HEAD", "!app/.git/HEAD", "!app/vendor/.drone-ml/x", "!**/.drone-ml"]
)
def test_no_pattern_of_an_ignore_file_brings_them_back(tree: Path, again: str) -> None:
    assert files_sent(tree, f"*\n{again}\n") == set()


@pytest.mark.parametrize(
    ("ignored", "expected"),
    [
        ("*\n!app", {"app/main.py", "app/data/big.csv"}),
        ("**/*.csv\n# *.md\n\n  notes.md  ", {"Dockerfile", "app/main.py"}),
        ("\ufeffnotes.md\napp", {"Dockerfile"}),
        ("Dockerfile\napp\nnotes.md", set()),
    ],
)
def test_an_ignore_file_is_read_as_docker_reads_it(tree: Path, ignored: str, expected: set[str]) -> None:
    assert files_sent(tree, ignored) == expected


def test_the_ignore_file_of_the_dockerfile_comes_before_that_of_the_context(tree: Path) -> None:
    (tree / "Dockerfile.dockerignore").write_text("app")
    assert files_sent(tree, "notes.md") == {"Dockerfile", "Dockerfile.dockerignore", "notes.md"}


def test_the_ignore_file_of_a_dockerfile_that_is_a_link_is_beside_the_link(tree: Path) -> None:
    (tree / "Train").symlink_to("Dockerfile")
    (tree / "Train.dockerignore").write_text("*\n!app")
    assert files_sent(tree, dockerfile="Train") == {"app/main.py", "app/data/big.csv"}


def test_the_dockerfile_may_lie_outside_of_the_context_and_be_ignored(tree: Path) -> None:
    context = plan_context(tree, "app", "Dockerfile")
    assert sent(context) == {
        "main.py": "app/main.py",
        "data/big.csv": "app/data/big.csv",
        DOCKERFILE_NAME: "Dockerfile",
        ".dockerignore": f"{DOCKERFILE_NAME}\n.dockerignore\n",
    }


def test_the_users_ignore_file_is_sent_with_one_line_more(tree: Path) -> None:
    (tree / ".dockerignore").write_text("app")
    assert sent(plan_context(tree, ".", "Dockerfile"))[".dockerignore"] == f"app\n{DOCKERFILE_NAME}\n"


@pytest.mark.parametrize("name", [".dockerignore", "Dockerfile.dockerignore"])
def test_an_ignore_file_that_leads_out_of_the_workspace_is_not_read(
    tree: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text("app\n")
    (tree / name).symlink_to(tmp_path / "secret")
    context = plan_context(tree, ".", "Dockerfile")
    assert "app/main.py" in {entry.path for entry in context.entries}
    assert "app" not in sent(context)[".dockerignore"].splitlines()


@pytest.mark.parametrize("name", ["context", "dockerfile"])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("../outside", "leads out of the workspace"),
        ("/etc/passwd", "leads out of the workspace"),
        ("link", "leads out of the workspace"),
        ("dangling", "there is no dangling in the workspace"),
        ("loop", '"loop" leads nowhere'),
        ("missing/x", "there is no missing/x in the workspace"),
        ("x" * 300, "there is no xxx"),
    ],
    ids=["parent", "absolute", "link", "dangling", "loop", "missing", "long"],
)
def test_a_path_that_is_not_in_the_workspace_is_refused(
    tree: Path, tmp_path: Path, name: str, value: str, problem: str
) -> None:
    (tmp_path / "outside").mkdir()
    (tree / "link").symlink_to(tmp_path / "outside")
    (tree / "dangling").symlink_to("nowhere")
    (tree / "loop").symlink_to("loop")
    chosen = {"context": ".", "dockerfile": "Dockerfile", name: value}
    with pytest.raises(SettingsError, match=f"^settings.{name}: ") as raised:
        plan_context(tree, chosen["context"], chosen["dockerfile"])
    assert problem in str(raised.value)


def test_a_context_is_a_folder_and_a_dockerfile_a_file(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    with pytest.raises(SettingsError, match=r"settings\.context: notes\.md is not a folder"):
        plan_context(tree, "notes.md", "Dockerfile")
    for name in ("app", "pipe"):
        with pytest.raises(SettingsError, match=rf"settings\.dockerfile: {name} is not a file"):
            plan_context(tree, ".", name)


def test_a_dockerfile_that_is_no_text_is_refused(tree: Path) -> None:
    (tree / "Dockerfile").write_bytes(b"FROM \xff\n")
    with pytest.raises(SettingsError, match=r"settings\.dockerfile: Dockerfile cannot be read as UTF-8"):
        plan_context(tree, ".", "Dockerfile")


def test_links_and_odd_names_travel_as_they_are(tree: Path) -> None:
    (tree / "app/link").symlink_to("/etc/passwd")
    odd = os.fsdecode(b"app/latin-\xe9\n.txt")
    (tree / odd).write_text("odd")
    with opened(plan_context(tree, "app", "Dockerfile")) as tar:
        assert tar.getmember("link").linkname == "/etc/passwd"
        assert tar.getmember(odd.removeprefix("app/")).size == 3


@pytest.mark.parametrize("cause", ["gone", "shorter", "longer", "other", "link", "pipe", "folder"])
def test_a_file_that_changes_before_it_is_sent_ends_the_build(tree: Path, cause: str) -> None:
    context = plan_context(tree, ".", "Dockerfile")
    notes = tree / "notes.md"
    notes.unlink()
    match cause:
        case "shorter" | "longer" | "other":
            notes.write_text({"shorter": "note", "longer": "notes.md!", "other": "notes.mD"}[cause])
        case "link":
            notes.symlink_to("Dockerfile")
        case "pipe":
            os.mkfifo(notes)
        case "folder":
            notes.mkdir()
    with pytest.raises(JobFailedError, match=r"the context (changed while|cannot be read).*notes\.md"):
        list(context.archive())


@pytest.mark.parametrize("size", [600_000, 5_000_000])
def test_a_large_file_is_sent_whole_or_not_at_all(tree: Path, size: int) -> None:
    content = os.urandom(size)
    (tree / "model.bin").write_bytes(content)
    context = plan_context(tree, ".", "Dockerfile")
    with opened(context) as tar, tar.extractfile("model.bin") or io.BytesIO() as found:
        assert found.read() == content
    (tree / "model.bin").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(JobFailedError, match=r'changed while it was read: "model\.bin" is not what it was'):
        list(context.archive())


def test_a_sparse_file_is_hashed_as_what_it_reads_as(tree: Path) -> None:
    with (tree / "sparse").open("wb") as file:
        for at, data in (
            (0, b"start"),
            (3 << 20, b"middle"),
            ((9 << 20) + 5, b"x" * 700_000),
            (20 << 20, b""),
        ):
            file.seek(at)
            file.write(data)
        file.truncate(20 << 20)
    entries = {entry.path: entry for entry in plan_context(tree, ".", "Dockerfile").entries}
    assert entries["sparse"].size == 20 << 20
    assert entries["sparse"].sha256 == hashlib.sha256((tree / "sparse").read_bytes()).digest()


def test_a_file_without_end_is_not_read_without_end(tree: Path) -> None:
    (tree / "log").write_bytes(b"")
    files = plan_context(tree, ".", "Dockerfile").files
    with (tree / "log").open("wb") as log:
        log.truncate(1 << 33)
    with pytest.raises(JobFailedError, match='changed while it was read: "log"'):
        hashed([Found("log", Kind.FILE, size=1)], files)


def test_a_size_that_octal_digits_cannot_hold_is_written_as_gnu_does() -> None:
    found = tarfile.TarInfo.frombuf(header("model.bin", 0o644, b"0", 10 << 30), "utf-8", "strict")
    assert (found.name, found.size, found.mtime) == ("model.bin", 10 << 30, 315_619_200)


def test_a_folder_that_becomes_a_link_is_not_followed(tree: Path, tmp_path: Path) -> None:
    context = plan_context(tree, ".", "Dockerfile")
    (tree / "app").rename(tmp_path / "app")
    (tree / "app").symlink_to(tmp_path / "app")
    main = next(entry for entry in context.entries if entry.path == "app/main.py")
    with pytest.raises(JobFailedError, match=r'the context cannot be read: "app/main\.py": Not a directory'):
        context.open(main)


def test_a_file_is_read_as_it_was_hashed_and_a_pipe_in_its_place_is_not_waited_for(tree: Path) -> None:
    context = plan_context(tree, ".", "Dockerfile")
    notes = next(entry for entry in context.entries if entry.path == "notes.md")
    with context.open(notes) as stream:
        assert stream.read(3) + stream.read() == b"notes.md"


@pytest.mark.parametrize("cause", ["a named pipe", "a socket"])
def test_what_is_no_file_is_named_unless_it_is_ignored(
    tree: Path, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / "app")  # an address of a socket is short
    if cause == "a socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("odd")
    else:
        os.mkfifo("odd")
    with pytest.raises(JobFailedError, match=f'the context holds "app/odd", {cause}: .*cannot'):
        plan_context(tree, ".", "Dockerfile")
    assert "app/odd" not in files_sent(tree, "**/odd")


def test_entries_come_folder_by_folder_with_names_in_the_order_of_their_bytes(workspace: Path) -> None:
    names = ["Dockerfile", "a/b", "a.txt", "a-b/x", "\uffee", os.fsdecode(b"\xff"), "é"]
    for name in names:
        path = workspace / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    entries = plan_context(workspace, ".", "Dockerfile").entries
    assert [entry.path for entry in entries] == [
        "Dockerfile",
        *("a", "a/b"),
        *("a-b", "a-b/x"),
        *("a.txt", "é", "\uffee", os.fsdecode(b"\xff")),
    ]


def test_permissions_and_times_are_those_of_git_and_not_of_the_machine(tree: Path) -> None:
    script = tree / "app/main.py"
    script.chmod(0o700)
    (tree / "notes.md").chmod(0o600)
    os.utime(script, (1, 1))
    (tree / "link").symlink_to("notes.md")
    entries = {entry.path: entry for entry in plan_context(tree, ".", "Dockerfile").entries}
    assert oct(entries["app/main.py"].mode) == "0o100755"
    assert oct(entries["notes.md"].mode) == "0o100644"
    assert oct(entries["app"].mode) == "0o40755"
    assert oct(entries["link"].mode) == "0o120777"
    assert entries["link"].kind is Kind.LINK
    assert {entry.mtime_ns // 10**9 for entry in entries.values()} == {315_619_200}
    assert entries["app/main.py"].mtime_ns != entries["notes.md"].mtime_ns


def test_the_archive_is_the_same_wherever_and_whenever_it_is_made(tree: Path, tmp_path: Path) -> None:
    before = b"".join(plan_context(tree, ".", "Dockerfile").archive())
    again = tmp_path / "again"
    subprocess.run(["cp", "-r", tree, again], check=True)  # noqa: S607 - it keeps no time
    (again / "notes.md").chmod(0o606)
    assert b"".join(plan_context(again, ".", "Dockerfile").archive()) == before


def test_the_archive_needs_no_extended_headers_for_long_names_and_links(tree: Path) -> None:
    long = "app/" + "/".join(["x" * 90] * 3)
    (tree / long).parent.mkdir(parents=True)
    (tree / long).write_text("deep")
    (tree / "app/link").symlink_to("y" * 150)
    archive = b"".join(plan_context(tree, ".", "Dockerfile").archive())
    kinds = {
        archive[at + 156 : at + 157]
        for at in range(0, len(archive), 512)
        if archive[at + 257 :].startswith(b"ustar")
    }
    assert kinds == {b"0", b"2", b"5", b"L", b"K"}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getmember(long).size == 4
        assert tar.getmember("app/link").linkname == "y" * 150
        assert {(member.uid, member.gid, member.uname) for member in tar} == {(0, 0, "")}


@pytest.fixture
def deep(tree: Path) -> Iterator[Path]:
    """A tree with 1500 folders in one another, which Python could not remove again."""
    folder = str(tree / "app")
    for _ in range(1500):
        folder += "/d"
        os.mkdir(folder)  # noqa: PTH102 - pathlib takes a second for it
    yield tree
    subprocess.run(["rm", "-r", str(tree / "app")], check=True)  # noqa: S607 - see above


def test_a_tree_that_is_deeper_than_any_is_said_to_be(deep: Path) -> None:
    with pytest.raises(
        JobFailedError, match=r'the context has 250 folders in one another at "app/d/d'
    ) as raised:
        plan_context(deep, ".", "Dockerfile")
    assert raised.value.hint == "name them in .dockerignore if the image does not need them"
    assert files_sent(deep, "app/d") >= {"app/main.py"}


def test_planning_again_and_again_leaves_no_descriptor_open(tree: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a number is wanted
    for _ in range(10):
        sent(plan_context(tree, ".", "Dockerfile"))
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208 - as above
