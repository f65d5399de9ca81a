"""The scan of a step: the items in question, and in words what they are."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from drone_plugin.errors import JobFailedError, PluginError, SettingsError
from drone_plugin.git_login import NO_LOGIN, Login
from drone_plugin.git_objects import GitObjects, open_git_objects
from drone_plugin.git_private import NoRepositoryError
from drone_plugin.globs import matcher
from drone_plugin.pipes import Pipes
from secret_scan.ranges import refs
from secret_scan.ranges.clone import Clone
from secret_scan.ranges.items import CommitItems
from secret_scan.ranges.situations import choose, everything
from secret_scan.ranges.texts import counted
from secret_scan.ranges.tree import file_items, read_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drone_plugin import Build
    from drone_plugin.process import StepDoors
    from secret_scan.values import Item

How: TypeAlias = Literal["changes", "tree", "history"]


@dataclass(frozen=True)
class Scan:
    """What a step scans."""

    items: Iterator[Item]
    """To be taken once. It raises PluginError where the clone turns out to lack what leads to more."""
    words: str
    """What it is, for people: what follows "scanning"."""
    notes: tuple[str, ...] = ()
    """Why it is more, or something else, than one would expect."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """Paths that cannot be scanned, and why. It may grow as the items are taken."""
    base: str = ""
    """Of a pull request: the commit where it left its target."""
    git: GitObjects | None = None
    """The repository, as long as it is open."""


@contextmanager
def open_scan(
    step: StepDoors,
    build: Build,
    *,
    how: How,
    exclude: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> Iterator[Scan]:
    """What to scan, for as long as the block lasts; `variables` (`Trust.variables`) are for git's fetches.

    Raises PluginError when it cannot be told, as `plan_scan` does.
    """
    with ExitStack() as stack:
        git = None
        try:
            git = stack.enter_context(open_git_objects(Pipes.of(step), step.workspace, variables=variables))
        except PluginError:
            if how == "history" or (how == "changes" and build.commit.sha):
                raise
        title = step.environment.get("DRONE_PULL_REQUEST_TITLE", "")
        login = Login.read(step.environment)
        yield plan_scan(git, build, step.workspace, how, exclude, login=login, title=title)


def plan_scan(
    git: GitObjects | None,
    build: Build,
    workspace: Path,
    how: How,
    exclude: Sequence[str] = (),
    *,
    login: Login = NO_LOGIN,
    title: str = "",
) -> Scan:
    """What to scan; `title` is the pull request's, where there is one.

    Raises:
        SettingsError: the workspace is the whole file system.
        NoRepositoryError: there is none, and it is asked for more than the work tree.
        MissingObjectError: neither what the build brought nor more than that can be scanned.
        JobFailedError: there is nothing to scan at all.
    """
    if workspace.resolve() == Path(workspace.resolve().anchor):
        raise SettingsError(
            f"the workspace is {workspace}, the whole file system",
            hint='by hand, mount a folder and work in it: docker run -v "$PWD:/repo" -w /repo …',
        )
    if how == "changes" and not build.commit.sha:
        note = "nobody says which commit this build is of, so what it brought is not known"
        return _tree(git, workspace, exclude, (note,))
    if how == "tree":
        return _tree(git, workspace, exclude)
    if git is None:
        raise NoRepositoryError(f"{workspace} is no clone of a repository", hint="scan: tree needs none")
    clone = Clone(git, build.repo.remote, login)
    if how == "history":
        return _history(clone, exclude)
    return _changes(clone, build, workspace, exclude, tuple(refs.description(build, title)))


def _changes(
    clone: Clone, build: Build, workspace: Path, exclude: Sequence[str], described: tuple[Item, ...]
) -> Scan:
    chosen = choose(clone, build)
    unreadable: list[tuple[str, str]] = []
    words = f"{chosen.words}, and its description" if described else chosen.words

    def items() -> Iterator[Item]:
        yield from described
        yield from refs.build_refs(clone, build, workspace)
        yield from CommitItems(clone, matcher(exclude), unreadable).read(chosen)

    return Scan(items(), words, chosen.notes, unreadable, chosen.base, clone.git)


def _history(clone: Clone, exclude: Sequence[str]) -> Scan:
    chosen = everything(clone)
    unreadable: list[tuple[str, str]] = []

    def items() -> Iterator[Item]:
        yield from refs.all_refs(clone)
        reader = CommitItems(clone, matcher(exclude), unreadable)
        yield from reader.read(chosen)
        yield from reader.files(refs.tagged_files(clone))

    return Scan(items(), chosen.words, chosen.notes, unreadable, git=clone.git)


def _tree(
    git: GitObjects | None, workspace: Path, exclude: Sequence[str], notes: tuple[str, ...] = ()
) -> Scan:
    tree = read_tree(workspace, exclude)
    if not tree.files and not tree.unreadable:
        raise JobFailedError(
            f"there is no file to scan in {workspace}",
            hint="did the clone step run, and does exclude leave anything?",
        )
    words = f"the work tree, {counted(len(tree.files), 'file')}"
    return Scan(file_items(workspace, tree), words, notes, tree.unreadable, git=git)
