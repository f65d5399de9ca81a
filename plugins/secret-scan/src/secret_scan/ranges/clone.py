"""The commits that a scan reads, and the clone, completed from its origin where it lacks some."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drone_plugin.errors import PluginError, RefusedError
from drone_plugin.git import ALL, MissingObjectError
from drone_plugin.git_login import Remote

if TYPE_CHECKING:
    from drone_plugin.git_login import Login
    from drone_plugin.git_objects import GitObjects


@dataclass(frozen=True)
class Chosen:
    """Commits to scan."""

    words: str
    """For people: what follows "scanning"."""
    tip: str
    """The newest; empty for all that any ref leads to."""
    without: str = ""
    """A commit whose history is left out, itself included."""
    newest: int = 0
    """How many commits at most; 0 for all."""
    files: bool = False
    """Whether all files of the tip are scanned as well."""
    base: str = ""
    """Where a pull request left its target; empty on other builds, and where there is no such commit."""
    notes: tuple[str, ...] = ()
    """Why it is not what one would expect."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """For `git log` and `git rev-list`."""
        most = (f"--max-count={self.newest}",) if self.newest else ()
        return (*most, self.tip or "--all", *((f"^{self.without}",) if self.without else ()))

    def noting(self, *notes: str) -> Chosen:
        """The same, with more to say."""
        return replace(self, notes=(*self.notes, *notes))


class Clone:
    """The clone of the workspace, and the way to where it came from."""

    def __init__(self, git: GitObjects, address: str, login: Login) -> None:
        """`address` may be empty; `login` is the platform's."""
        self.git = git
        self._address = address
        self._login = login
        self._reachable = bool(address)
        self.failure = "" if address else "nobody says where the clone came from"
        """Why the last fetch was none."""

    def commit(self, name: str) -> str:
        """The commit behind an id that the clone has, or nothing."""
        try:
            return self.git.rev_parse(name) if name else ""
        except MissingObjectError:
            return ""

    def ref(self, name: str) -> str:
        """The object that a ref with this very name stands for, or nothing."""
        shown = self.git.run("show-ref", "--verify", "--hash", "--", name, accept=(0, 1, 128))
        return shown.text if shown.exit_code == 0 else ""

    def branch(self, name: str) -> str:
        """The commit that the origin's branch is at, fetched where the clone does not have it, or nothing.

        The clone step merges a pull request locally, so a local branch of that name is something else.
        """
        if not name:
            return ""
        known = self.commit(self.ref(f"refs/remotes/origin/{name}"))
        return known or self.fetched(f"refs/heads/{name}")

    def fetched(self, wanted: str, *, whole: bool = False) -> str:
        """The commit behind an id or ref, from the origin, or nothing; `whole` completes a cut history."""
        if not self._reachable:
            return ""
        depth = ALL if whole or self.git.cut() else None
        try:
            return self.git.fetch(wanted, Remote(self._address), self._login, depth=depth)
        except PluginError as error:
            self.failure = error.message.partition("\n")[0].rstrip(":")
            # Who does not answer now will not in a minute; each further try would cost its whole time.
            self._reachable = isinstance(error, (MissingObjectError, RefusedError))
            return ""

    def fetch_objects(self, ids: list[str]) -> None:
        """What a partial clone left at its origin, as far as it hands it out."""
        if self._reachable:
            try:
                self.git.fetch_objects(ids, Remote(self._address), self._login)
            except PluginError as error:
                self.failure = error.message.partition("\n")[0].rstrip(":")

    def count(self, chosen: Chosen) -> int:
        """How many commits."""
        return int(self.git.run("rev-list", "--count", *chosen.arguments, "--").text)

    def cuts(self, chosen: Chosen) -> frozenset[str]:
        """The commits among them at which the clone's history is cut."""
        cut = self.git.cut()
        if not cut:
            return cut
        ends = self.git.run("rev-list", "--max-parents=0", *chosen.arguments, "--").text
        return cut.intersection(ends.split())
