"""Repositories that want to hide something, to hang the scan, or to have something run."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from drone_plugin import Redactor
from drone_plugin.git import MissingObjectError
from drone_plugin.git_objects import open_git_objects
from drone_plugin.git_private import NoRepositoryError
from drone_plugin.pipes import Pipes
from drone_plugin.process import CommandError
from kit.drone.fixtures import GitRepository

from .conftest import Scanner


def pushed(repository: GitRepository, old: str) -> dict[str, str]:
    """A push of what is checked out, after `old`."""
    head = repository.git("rev-parse", "HEAD")
    return {"BUILD_EVENT": "push", "COMMIT_SHA": head, "COMMIT_BEFORE": old, "BRANCH": "main"}


@pytest.fixture
def two(git_repository: GitRepository) -> GitRepository:
    """An old commit, and a new one that has the needle."""
    git_repository.commit("old", {"a.txt": "a\n"})
    git_repository.commit("new", {"b.txt": "NEEDLE\n"})
    return git_repository


def test_grafts_hide_nothing(two: GitRepository, scan: Scanner) -> None:
    old = two.git("rev-parse", "HEAD~1")
    newest = two.commit("newest", {"c.txt": "c\n"})
    (two.path / ".git/info").mkdir(exist_ok=True)
    (two.path / ".git/info/grafts").write_text(f"{newest} {old}\n")

    assert [path for path, _ in scan(two.path, **pushed(two, old)).where("NEEDLE")] == ["b.txt"]


def test_replaced_objects_hide_nothing(two: GitRepository, scan: Scanner) -> None:
    old = two.git("rev-parse", "HEAD~1")
    head = two.git("rev-parse", "HEAD")
    blobs = two.git("rev-parse", "HEAD:b.txt"), two.git("rev-parse", "HEAD:a.txt")
    harmless = two.git("commit-tree", "-p", old, "-m", "harmless", f"{old}^{{tree}}")
    two.git("replace", head, harmless)
    two.git("replace", *blobs)

    found = scan(two.path, **pushed(two, old) | {"COMMIT_SHA": head})

    assert found.where("NEEDLE") == [("b.txt", head)]


def test_a_graph_file_that_lies_about_parents_hides_nothing(two: GitRepository, scan: Scanner) -> None:
    old = two.git("rev-parse", "HEAD~1")
    newest = two.commit("newest", {"c.txt": "c\n"})
    (two.path / ".git/info").mkdir(exist_ok=True)
    (two.path / ".git/info/grafts").write_text(f"{newest} {old}\n")
    two.git("-c", "core.commitGraph=true", "commit-graph", "write", "--reachable")
    (two.path / ".git/info/grafts").unlink()

    assert [path for path, _ in scan(two.path, **pushed(two, old)).where("NEEDLE")] == ["b.txt"]


def test_nothing_that_attributes_or_a_configuration_name_is_run_or_hides_anything(
    two: GitRepository, scan: Scanner, tmp_path: Path
) -> None:
    old = two.git("rev-parse", "HEAD~1")
    mark = tmp_path / "ran"
    two.commit("attributes", {".gitattributes": "* -diff diff=x filter=x textconv=x\n"})
    config = two.path / ".git/config"
    for key in (
        *("diff.x.textconv", "diff.x.command", "filter.x.clean", "filter.x.smudge", "core.fsmonitor"),
        *(
            "core.pager",
            "pager.log",
            "diff.external",
            "core.alternateRefsCommand",
            "alias.log",
            "core.hooksPath",
        ),
    ):
        value = f"!touch {mark}; cat" if key.startswith("alias") else f"touch {mark}; cat"
        two.git("config", "--file", str(config), key, value)
    two.git("config", "--file", str(config), "log.diffMerges", "off")
    two.git("config", "--file", str(config), "diff.orderFile", "/dev/null")

    found = scan(two.path, **pushed(two, old))

    assert found.paths == [".gitattributes", "b.txt"]
    assert not mark.exists()


def test_names_are_data(git_repository: GitRepository, scan: Scanner) -> None:
    old = git_repository.commit("old")
    names = [
        "new\nline\n:100644 x",
        "tab\t",
        "\x1b[31mred",
        "quo\"te'",
        "-rf",
        ":(exclude)a",
        "bytes\udcff",
        "\n",
        "é",
    ]
    for name in names:
        Path(
            os.fsdecode(bytes(git_repository.path) + b"/" + name.encode("utf-8", "surrogateescape"))
        ).write_text("NEEDLE\n")
    head = git_repository.commit("odd names")

    found = scan(git_repository.path, **pushed(git_repository, old))

    assert found.where("NEEDLE") == [
        (name, head) for name in sorted(names, key=lambda name: name.encode("utf-8", "surrogateescape"))
    ]


def test_links_are_read_as_where_they_point_to_and_submodules_not_at_all(
    git_repository: GitRepository, scan: Scanner, tmp_path: Path
) -> None:
    old = git_repository.commit("old")
    (tmp_path / "outside").write_text("NEEDLE of outside")
    (git_repository.path / "link").symlink_to(tmp_path / "outside")
    (git_repository.path / "loop").symlink_to("loop")
    git_repository.git("update-index", "--add", "--cacheinfo", f"160000,{old},sub")
    git_repository.commit("links")

    found = scan(git_repository.path, **pushed(git_repository, old))

    assert found.paths == ["link", "loop"]
    assert found.where("NEEDLE") == []
    assert [path for path, _ in found.where("outside")] == ["link"]


@pytest.mark.parametrize("place", ["objects/aa/" + "a" * 38, "objects/info/alternates", "refs/heads/x"])
def test_a_pipe_in_the_repository_is_not_waited_for(two: GitRepository, scan: Scanner, place: str) -> None:
    about = pushed(two, two.git("rev-parse", "HEAD~1"))
    pipe = two.path / ".git" / place
    pipe.parent.mkdir(exist_ok=True)
    os.mkfifo(pipe)

    with pytest.raises(NoRepositoryError, match="not what git writes"):
        scan(two.path, **about)


def test_a_damaged_content_is_an_error_of_that_item(two: GitRepository, scan: Scanner) -> None:
    """Here of reading it; whoever scans goes on with the next."""
    old = two.git("rev-parse", "HEAD~1")
    two.commit("more", {"c.txt": "c" * 10_000 + "".join(map(str, range(10_000)))})
    blob = two.git("rev-parse", "HEAD:c.txt")
    damaged = two.path / ".git/objects" / blob[:2] / blob[2:]
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:1000])

    with pytest.raises(OSError, match=f"{blob} cannot be read"):
        scan(two.path, **pushed(two, old))


def test_a_missing_list_of_files_is_an_error(two: GitRepository, scan: Scanner) -> None:
    old = two.git("rev-parse", "HEAD~1")
    tree = two.git("rev-parse", "HEAD^{tree}")
    (two.path / ".git/objects" / tree[:2] / tree[2:]).unlink()

    with pytest.raises(MissingObjectError, match="lacks part of its history"):
        scan(two.path, **pushed(two, old))


def test_no_repository_is_an_error(tmp_path: Path, scan: Scanner) -> None:
    (tmp_path / "a.txt").write_text("a")

    with pytest.raises(NoRepositoryError, match="no clone of a repository"):
        scan(tmp_path, BUILD_EVENT="push", COMMIT_SHA="a" * 40)


def test_an_empty_repository_has_no_commit_to_scan(git_repository: GitRepository, scan: Scanner) -> None:
    with pytest.raises(MissingObjectError, match="the clone has no commit aaaa"):
        scan(git_repository.path, BUILD_EVENT="push", COMMIT_SHA="a" * 40)


def test_a_repository_of_somebody_else_is_read(two: GitRepository, scan: Scanner) -> None:
    """Git itself calls that "dubious ownership"."""
    old = two.git("rev-parse", "HEAD~1")
    about = pushed(two, old)
    subprocess.run(["chown", "-R", "65534:65534", str(two.path)], check=True)  # noqa: S607 - a test's

    assert [path for path, _ in scan(two.path, **about).where("NEEDLE")] == ["b.txt"]


def test_a_program_that_complains_is_quoted(two: GitRepository, scan: Scanner) -> None:
    (two.path / ".git/refs/heads/broken").write_text("f" * 40 + "\n")

    with pytest.raises((CommandError, MissingObjectError), match=r"broken|bad object"):
        scan(two.path, "history")


@pytest.mark.parametrize("place", [".git", ".git/objects", ".git/HEAD", "an object"])
def test_what_this_user_may_not_read_is_an_error(two: GitRepository, place: str) -> None:
    """Git itself would take it for nothing. A process of its own becomes somebody else."""
    head = two.git("rev-parse", "HEAD")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        workspace = Path(folder) / "workspace"
        shutil.move(two.path, workspace)
        Path(folder).chmod(0o755)
        object_path = f".git/objects/{head[:2]}/{head[2:]}"
        closed = workspace / (object_path if place == "an object" else place)
        closed.chmod(0o700 if closed.is_dir() else 0o600)
        child = os.fork()
        if not child:
            os._exit(_refused_as_nobody(workspace))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _refused_as_nobody(workspace: Path) -> int:
    try:
        os.setgid(65534)
        os.setuid(65534)
        pipes = Pipes({"PATH": os.environ["PATH"]}, workspace, redact=Redactor())
        with open_git_objects(pipes, workspace):
            return 1
    except NoRepositoryError as error:
        return 0 if "cannot be read" in error.message else 2
    except BaseException:  # noqa: BLE001 - pytest must not go on twice
        return 3
