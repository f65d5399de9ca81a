"""The door to the repository in the workspace, which is hostile: nothing of it is run.

Its configuration can name programs in more ways than one can list (aliases, filters, text converters,
drivers, helpers, includes), and whoever wrote the workspace wrote `.git/config` too. So git never reads it:
it works in a repository of its own that is made here, with our configuration, that borrows the objects and
branches of the workspace's. What is fetched goes there as well: a checkout that another user owns (Drone's is
root's) can be read and completed without a right to write, and "dubious ownership" does not arise.

Needs the program `git`, 2.32 or newer, in the image; the images of this suite do not hold it yet.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Unpack

from drone_plugin.errors import PluginError, RefusedError, UnreachableError
from drone_plugin.git_login import NO_LOGIN, Login, Remote, askpass
from drone_plugin.git_private import OPTIONS, NoRepositoryError, private_repository
from drone_plugin.process import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from drone_plugin.process import Finished, Options, Processes
    from drone_plugin.pump import Sink

ALL: Final = 2**31 - 1
"""The depth that git takes for "the whole history"."""
FETCH_SECONDS: Final = 600.0

_ASKS_FOR_LOGIN = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|returned error: 40[13]|"
    r"repository '.*' not found|unable to (?:get|read) (?:password|askpass)",
)
_HAS_IT_NOT = re.compile(
    r"not our ref|couldn't find remote ref|unadvertised object|no such remote ref|does not point to a valid"
)

_LACKS_OBJECTS = re.compile(r"(?i)could not (?:parse|read)|unable to read|bad object|missing|not a valid")
_NAME = re.compile(r"(?!.*\.\.)[^\x00-\x20~^:?*\[\\\x7f+-][^\x00-\x20~^:?*\[\\\x7f]*")


class MissingObjectError(PluginError):
    """The repository has no such commit, or the remote one has not."""


class ShallowHistoryError(MissingObjectError):
    """The clone's history is cut, and the answer lies beyond the cut."""


class Git:
    """The repository of the workspace, as long as the block of `open_git` lasts."""

    def __init__(
        self, processes: Processes, private: Path, workspace: Path, variables: Mapping[str, str]
    ) -> None:
        """Made by `open_git`."""
        self._processes = processes
        self._private = private
        self._workspace = workspace
        self._variables = variables

    def run(self, *arguments: str, **options: Unpack[Options]) -> Finished:
        """Run `git arguments…`; raises as `Processes.run` does.

        Put `--end-of-options` or `--` before arguments that are data: a branch may be called `--exec=…`.
        """
        return self._processes.run(self._command(arguments), **self._surrounded(options))

    def stream(self, sink: Sink, *arguments: str, **options: Unpack[Options]) -> Finished:
        """As `run`, with the output handed on in pieces: for a diff or a history of any size."""
        return self._processes.stream(self._command(arguments), sink, **self._surrounded(options))

    def rev_parse(self, name: str) -> str:
        """The commit that a branch, tag, expression (`HEAD~1`) or abbreviation stands for: its whole name.

        The tag object that Drone calls the commit of an annotated tag on Gogs gives the commit behind it.
        Raises MissingObjectError.
        """
        if "\0" in name:
            raise MissingObjectError(f"{name!r} is no name of a commit")
        arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        found = self.run(*arguments, accept=(0, 1, 128))
        if found.exit_code or not found.text:
            raise MissingObjectError(f"the clone has no commit {name!r}")
        return found.text

    @property
    def is_shallow(self) -> bool:
        """Whether the clone's history is cut (`clone.depth` in the pipeline)."""
        return self.run("rev-parse", "--is-shallow-repository").text == "true"

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` builds on `older`; a commit does on itself.

        Raises MissingObjectError, and ShallowHistoryError where a "no" could be due to a cut history.
        """
        pair = self.rev_parse(older), self.rev_parse(newer)
        answer = self._ask("merge-base", "--is-ancestor", *pair).exit_code == 0
        if not answer:
            self._refuse_cut_history(f"whether {newer} builds on {older}")
        return answer

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits, or None when their histories have nothing in common.

        Raises as `is_ancestor`.
        """
        pair = self.rev_parse(one), self.rev_parse(other)
        found = self._ask("merge-base", *pair).text
        if not found:
            self._refuse_cut_history(f"where {one} and {other} meet")
        return found or None

    def fetch(self, wanted: str, remote: Remote, login: Login = NO_LOGIN, *, depth: int | None = None) -> str:
        """Fetch a commit (by its whole name) or a ref that the clone lacks; the commit's name.

        `depth` cuts the history that comes with it; `ALL` completes one that is cut. `login` is used for its
        own machine alone, and handed to git when git asks: it is in no argument, address or configuration.
        Raises MissingObjectError when the remote repository has it not, RefusedError and UnreachableError.
        """
        if not _NAME.fullmatch(wanted):
            raise MissingObjectError(f"{wanted!r} is no name of a commit or ref")
        cut = () if depth is None else (f"--depth={depth}",)
        arguments = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", *cut)
        variables = askpass(self._private, remote, login)
        try:
            self.run(*arguments, "--", remote.url, wanted, variables=variables, timeout=FETCH_SECONDS)
        except CommandError as error:
            raise _failed_fetch(error, wanted, remote, login) from None
        return self.rev_parse("FETCH_HEAD")

    def _ask(self, *arguments: str) -> Finished:
        """A question whose "no" is exit code 1."""
        try:
            return self.run(*arguments, accept=(0, 1))
        except CommandError as error:
            if not _LACKS_OBJECTS.search(error.finished.stderr.decode("utf-8", "replace")):
                raise
            raise MissingObjectError(f"the clone lacks part of its history: {error.message}") from None

    def _refuse_cut_history(self, question: str) -> None:
        if self.is_shallow:
            raise ShallowHistoryError(
                f"the clone's history is too short to tell {question}",
                hint="remove clone.depth from the pipeline, or raise it",
            )

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return ["git", *OPTIONS, *arguments]

    def _surrounded(self, options: Options) -> Options:
        own = {
            "GIT_DIR": str(self._private),
            "GIT_WORK_TREE": str(self._workspace),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_PAGER": "cat",
            "HOME": str(self._private),  # curl would read a .netrc there
            "LC_ALL": "C",
        }
        surrounded: Options = {
            **options,
            "variables": {**self._variables, **own, **options.get("variables", {})},
        }
        return surrounded


@contextmanager
def open_git(
    processes: Processes, workspace: Path, *, variables: Mapping[str, str] | None = None
) -> Iterator[Git]:
    """The repository of `workspace`, for a block; `variables` (`Trust.variables`) for git, too.

    Raises NoRepositoryError when there is none.
    """
    with private_repository(processes, workspace) as private:
        git = Git(processes, private, workspace, variables or {})
        try:
            git.run("rev-parse", "--git-dir")
        except CommandError as error:
            raise NoRepositoryError(f"{workspace} is no sound clone: {error.message}") from None
        yield git


def _failed_fetch(error: CommandError, wanted: str, remote: Remote, login: Login) -> PluginError:
    said = error.finished.stderr.decode("utf-8", "replace")
    if _HAS_IT_NOT.search(said):
        return MissingObjectError(f"{remote.url} has no {wanted}")
    if _ASKS_FOR_LOGIN.search(said):
        hint = (
            "the platform's login may not read it"
            if login.is_for(remote)
            else "this step has no login for it: is DRONE_NETRC_CLONE_ONLY set on the runner?"
        )
        return RefusedError(f"{remote.url} refuses to hand out {wanted}", hint=hint)
    return UnreachableError(f"{wanted} cannot be fetched: {error.message}")
