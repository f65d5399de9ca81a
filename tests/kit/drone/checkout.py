"""The clone step: what drone/git would leave in the workspace, made by git on the host."""

import io
import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from drone_plugin.testing.metadata import git_map
from drone_plugin.testing.spec import Author, BuildSpec

# Nobody's configuration, hooks or credentials belong into a test.
_GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
    "GIT_CONFIG_KEY_1": "advice.detachedHead",
    "GIT_CONFIG_VALUE_1": "false",
}
_PULL_REFS = ("refs/pull/", "refs/pull-requests/", "refs/merge-requests/")


@dataclass(frozen=True)
class Repository:
    """A git repository of this machine, to be cloned at the commit of the build."""

    path: Path


@dataclass(frozen=True)
class CloneOutcome:
    """The clone's log and exit code, and the workspace as a tar archive when it went well."""

    exit_code: int
    log: str
    archive: bytes = b""


def clone(repository: Repository, build: BuildSpec) -> CloneOutcome:
    """Clone with full history, as the ref asks: a branch, a tag, or a pull request merged locally."""
    with tempfile.TemporaryDirectory(prefix="drone-ml-clone-") as folder:
        log = ""
        for command in _commands(build):
            log += f"+ git {' '.join(command)}\n"
            done = subprocess.run(
                # The workspace knows origin by the address that Drone says; only these calls find it here.
                ["git", "-c", f"url.{repository.path.resolve()}.insteadOf={build.repo.http_url}", *command],
                cwd=folder,
                env=git_environment(build.author),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
            )
            log += done.stdout
            if done.returncode:
                return CloneOutcome(done.returncode, log)
        fetched = Path(folder) / ".git" / "FETCH_HEAD"  # the one place with the address that was really used
        fetched.write_text(fetched.read_text().replace(str(repository.path.resolve()), build.repo.link))
        return CloneOutcome(0, log, archive(Path(folder)))


def git_environment(author: Author) -> dict[str, str]:
    """The environment for git: the author's name, and none of the user's configuration."""
    # Where the tests run inside of a git hook, git's own variables would point to that repository.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return inherited | git_map(author) | _GIT_ENVIRONMENT


def _commands(build: BuildSpec) -> list[list[str]]:
    return [
        ["-c", f"init.defaultBranch={build.repo.branch}", "init", "-q"],
        ["remote", "add", "origin", build.repo.http_url],
        *_fetch(build),
    ]


def _fetch(build: BuildSpec) -> list[list[str]]:
    if build.ref.startswith("refs/tags/"):
        return [["fetch", "-q", "origin", f"+{build.ref}:"], ["checkout", "-qf", "FETCH_HEAD"]]
    if build.ref.startswith(_PULL_REFS):
        return [
            ["fetch", "-q", "origin", f"+refs/heads/{build.branch}:"],
            ["checkout", "-q", build.branch],
            ["fetch", "-q", "origin", f"{build.ref}:"],
            ["merge", "-q", "--no-edit", build.commit],
        ]
    if not build.branch:
        return [["fetch", "-q", "origin"], ["checkout", "-qf", build.commit]]
    return [
        ["fetch", "-q", "origin", f"+refs/heads/{build.branch}:"],
        ["checkout", "-q", build.commit, "-b", build.branch],
    ]


def archive(folder: Path) -> bytes:
    """The content of a folder as a tar archive in which everything belongs to root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(folder, arcname=".", filter=_owned_by_root)
    return buffer.getvalue()


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    if member.name == ".":
        member.mode = 0o755  # a temporary folder is private, a workspace is not
    return member
