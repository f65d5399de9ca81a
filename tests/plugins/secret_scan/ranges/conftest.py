"""A forge with a repository on it, clones as the clone steps leave them, and scans of those."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drone_plugin import Redactor, read_build
from drone_plugin.git_login import NO_LOGIN, Login
from drone_plugin.git_objects import open_git_objects
from drone_plugin.pipes import Pipes
from kit.drone.fixtures import GitRepository
from kit.git_server import GitServer, git_serving
from secret_scan.ranges.scan import How, plan_scan
from secret_scan.values import Item

ZEROS = "0" * 40


@dataclass(frozen=True)
class Result:
    """What a scan read."""

    words: str
    notes: tuple[str, ...]
    items: tuple[Item, ...]
    texts: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]
    base: str

    def where(self, needle: str) -> list[tuple[str, str]]:
        """Paths and commits of the items that hold it."""
        pairs = zip(self.items, self.texts, strict=True)
        return [(item.path, item.commit) for item, text in pairs if needle in text]

    @property
    def paths(self) -> list[str]:
        """Of the files."""
        return sorted(item.path for item in self.items if item.origin in {"blob", "file"})

    @property
    def messages(self) -> list[str]:
        """First lines, in order."""
        pairs = zip(self.items, self.texts, strict=True)
        return [text.split("\n")[0] for item, text in pairs if item.origin == "message"]


@dataclass
class Forge:
    """The repository that is pushed to, and the server that hands it out."""

    repository: GitRepository
    server: GitServer
    folder: Path
    clones: int = field(default=0)

    @property
    def url(self) -> str:
        """Where it is fetched from."""
        return f"{self.server.url}/repository/.git"

    def clone(
        self, *refs: str, checkout: str = "FETCH_HEAD", depth: int = 0, options: str = ""
    ) -> GitRepository:
        """A workspace with these branches of it, as drone-git fetches them: by an address of the forge."""
        self.clones += 1
        clone = GitRepository(self.folder / f"clone-{self.clones}")
        clone.git("remote", "add", "origin", self.url)
        cut = [f"--depth={depth}"] if depth else []
        for ref in refs:
            clone.git("fetch", "-q", *cut, *options.split(), "origin", f"+{ref}:")
        clone.git("checkout", "-q", "-f", checkout)
        return clone

    def clone_merged(self, commit: str, ref: str = "refs/pull/7/head", *, depth: int = 0) -> GitRepository:
        """A workspace of a pull request into main: drone-git merges it into a local branch of that name."""
        clone = self.clone("refs/heads/main", checkout="main", depth=depth)
        clone.git("fetch", "-q", "origin", f"{ref}:")
        clone.git("merge", "-q", "--no-edit", commit)
        return clone

    def refuse(self) -> None:
        """From now on it hands out nothing."""
        self.server.login = ("nobody", "knows")


@pytest.fixture
def forge(git_repository: GitRepository, tmp_path: Path) -> Iterator[Forge]:
    """An empty repository on a server."""
    git_repository.git("config", "uploadpack.allowFilter", "true")
    git_repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    with git_serving(GitServer(tmp_path)) as server:
        yield Forge(git_repository, server, tmp_path)


Scanner = Callable[..., Result]


@pytest.fixture
def scan() -> Scanner:
    """Scan a workspace for a build that is described by its variables, without the prefix DRONE_."""

    def scanned(
        workspace: Path,
        how: How = "changes",
        *,
        exclude: tuple[str, ...] = (),
        login: Login = NO_LOGIN,
        **about: str,
    ) -> Result:
        environment = {"PATH": os.environ["PATH"], "DRONE": "true", "DRONE_REPO_BRANCH": "main"}
        environment |= {f"DRONE_{name}": value for name, value in about.items()}
        if any(name.startswith("CI_") for name in about):
            environment = {"PATH": os.environ["PATH"], "CI": "woodpecker", "CI_REPO_DEFAULT_BRANCH": "main"}
            environment |= about
        pipes = Pipes(environment, workspace, redact=Redactor())
        with open_git_objects(pipes, workspace) as git:
            plan = plan_scan(git, read_build(environment), workspace, how, exclude, login=login)
            read = [(item, item.read().decode("utf-8", "surrogateescape")) for item in plan.items]
        items, texts = tuple(item for item, _ in read), tuple(text for _, text in read)
        return Result(plan.words, plan.notes, items, texts, tuple(plan.unreadable), plan.base)

    return scanned
