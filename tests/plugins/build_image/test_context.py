"""What a Dockerfile can see, and the paths that it is not shown."""

import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_image.context import DOCKERFILE_NAME, Context, plan_context
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


def sent(context: Context) -> dict[str, str]:
    """What is in the archive: regular files by name."""
    with context.archive() as archive, tarfile.open(fileobj=archive) as tar:
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
    assert "app/main.py" in context.files
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
    with plan_context(tree, "app", "Dockerfile").archive() as archive, tarfile.open(fileobj=archive) as tar:
        assert tar.getmember("link").linkname == "/etc/passwd"
        assert tar.getmember(odd.removeprefix("app/")).size == 3


def test_a_file_that_is_gone_by_the_time_of_sending_is_no_bug(tree: Path) -> None:
    context = plan_context(tree, ".", "Dockerfile")
    (tree / "notes.md").unlink()
    with pytest.raises(JobFailedError, match=r"the context cannot be read: .*notes\.md"):
        context.archive()


@pytest.fixture
def deep(tree: Path) -> Iterator[Path]:
    """A tree with 1500 folders in one another, which Python could not remove again."""
    folder = str(tree / "app")
    for _ in range(1500):
        folder += "/d"
        os.mkdir(folder)  # noqa: PTH102 - pathlib takes a second for it
    yield tree
    subprocess.run(["rm", "-r", str(tree / "app")], check=True)  # noqa: S607 - see above


def test_a_tree_that_is_deeper_than_the_interpreters_stack_is_no_bug(deep: Path) -> None:
    with pytest.raises(JobFailedError, match="the context cannot be read: maximum recursion depth"):
        plan_context(deep, ".", "Dockerfile")
