"""Fixtures for pipelines."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from drone_plugin.testing.spec import Author
from kit.drone.checkout import git_environment
from kit.drone.tiny import TinyRunner
from kit.engine import Engine


class GitRepository:
    """A repository on disk for a test to write into."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("-c", "init.defaultBranch=main", "init", "-q")

    def git(self, *arguments: str) -> str:
        """Run git in it; its output without the white space around.

        Raises:
            CalledProcessError: git failed; the error holds what it said.
        """
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=git_environment(Author()),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, message: str, files: Mapping[str, str] | None = None) -> str:
        """Write files and commit everything; the sha of the commit."""
        for name, content in (files or {}).items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def git_repository(tmp_path: Path) -> GitRepository:
    """An empty git repository with `main` as its branch."""
    return GitRepository(tmp_path / "repository")


@pytest.fixture
def run_tiny(engine: Engine, base_image: str) -> Iterator[TinyRunner]:
    """`run_pipeline` with the base image standing for `tiny`; after the test nothing may be left behind."""
    runner = TinyRunner(engine, base_image)
    yield runner
    assert runner.leftovers() == []
