"""The door to a repository: real ones, hostile ones, and a real server to fetch from."""

import os
import pty
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import pytest

from drone_plugin import Redactor, RefusedError, SettingsError, UnreachableError
from drone_plugin.git import ALL, Git, MissingObjectError, ShallowHistoryError, open_git
from drone_plugin.git_login import NO_LOGIN, Login, Remote
from drone_plugin.git_private import NoRepositoryError
from drone_plugin.process import OUTPUT_LIMIT, CommandError, Finished, Options, Processes
from kit.drone.fixtures import GitRepository
from kit.git_server import GitServer, git_serving
from kit.tls import make_authority

TOKEN = "gitea-t0k3n"
PIPES = ("HEAD", "config", "shallow", "packed-refs", "index")
LOGIN = Login("127.0.0.1", TOKEN, "x-oauth-basic")


@contextmanager
def opened(workspace: Path, variables: dict[str, str] | None = None) -> Iterator[Git]:
    """The door to `workspace`."""
    processes = Processes({"PATH": os.environ["PATH"]}, workspace, redact=Redactor())
    with open_git(processes, workspace, variables=variables) as git:
        yield git


@pytest.fixture
def repository(git_repository: GitRepository) -> GitRepository:
    """Two commits on main, and one beside them on `side`."""
    git_repository.commit("one", {"a.txt": "one\n"})
    git_repository.commit("two", {"a.txt": "two\n"})
    git_repository.git("checkout", "-q", "-b", "side", "HEAD~1")
    git_repository.commit("beside", {"b.txt": "b\n"})
    git_repository.git("checkout", "-q", "main")
    return git_repository


def test_names_become_commits(repository: GitRepository) -> None:
    repository.git("tag", "-a", "v1", "-m", "v1", "main")
    repository.git("pack-refs", "--all")
    head = repository.git("rev-parse", "HEAD")
    tag = repository.git("rev-parse", "v1")

    with opened(repository.path) as git:
        names = ("HEAD", "main", "refs/heads/main", "v1", tag, head, head[:10])
        assert {git.rev_parse(name) for name in names} == {head}
        assert git.rev_parse("main~1") == git.merge_base("main", "side")


@pytest.mark.parametrize("name", ["nothing", "0" * 40, "f" * 40, "", "--all", "-h", "main:a.txt", "a\0b"])
def test_what_is_no_commit_is_a_typed_error(repository: GitRepository, name: str) -> None:
    with opened(repository.path) as git, pytest.raises(MissingObjectError):
        git.rev_parse(name)


def test_ancestors_are_known(repository: GitRepository) -> None:
    with opened(repository.path) as git:
        assert git.is_ancestor("main~1", "side")
        assert git.is_ancestor("main", "main")
        assert not git.is_ancestor("main", "side")


def test_histories_without_a_common_commit_have_no_base(repository: GitRepository) -> None:
    repository.git("checkout", "-q", "--orphan", "other")
    repository.commit("apart")

    with opened(repository.path) as git:
        assert git.merge_base("main", "other") is None


def test_a_repository_that_names_objects_by_sha256_is_read(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "new")
    subprocess.run(["rm", "-r", ".git"], cwd=repository.path, check=True)  # noqa: S607 - the system's
    repository.git("-c", "init.defaultBranch=main", "init", "-q", "--object-format=sha256")
    sha = repository.commit("one")

    with opened(repository.path) as git:
        assert git.rev_parse("main") == sha
        assert len(sha) == 64


def test_work_tree_and_index_are_read(repository: GitRepository) -> None:
    (repository.path / "a.txt").write_text("changed\n")
    (repository.path / "new.txt").write_text("new\n")

    with opened(repository.path) as git:
        assert git.run("status", "--porcelain").text == " M a.txt\n?? new.txt"
        assert git.run("ls-files").text == "a.txt"
        said: list[bytes] = []
        git.stream(said.append, "diff", "HEAD")
        assert b"+changed" in b"".join(said)


def test_a_repository_of_another_owner_is_read(repository: GitRepository) -> None:
    stranger = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    plain = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607 - as a developer's
        cwd=repository.path,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **stranger},
        capture_output=True,
        check=False,
    )
    assert b"dubious ownership" in plain.stderr

    with opened(repository.path, stranger) as git:
        assert git.rev_parse("HEAD") == repository.git("rev-parse", "HEAD")


@pytest.mark.parametrize("spoil", ["no .git", "no HEAD", "bad HEAD", "HEAD is a link", "reftable", *PIPES])
def test_what_is_no_clone_is_said_to_be_none(repository: GitRepository, spoil: str) -> None:
    head = repository.path / ".git/HEAD"
    if spoil == "reftable":
        (repository.path / ".git/reftable").mkdir()
    elif spoil in PIPES:
        (repository.path / ".git" / spoil).unlink(missing_ok=True)
        os.mkfifo(repository.path / ".git" / spoil)
    elif spoil == "no .git":
        (repository.path / ".git").rename(repository.path / "git")
    elif spoil == "bad HEAD":
        head.write_text("nonsense")
    else:
        head.unlink()
    if spoil == "HEAD is a link":
        head.symlink_to("/etc/hostname")

    with pytest.raises(NoRepositoryError), opened(repository.path):
        pass


def test_nothing_is_kept_in_the_workspace_though_the_environment_says_so(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(repository.path))

    with opened(repository.path) as git:
        assert not list(repository.path.glob("git-*"))
        assert not git.run("rev-parse", "--git-dir").text.startswith(str(repository.path))


# Hostile repositories


@dataclass(frozen=True)
class Trap:
    """What a repository holds that runs `evil`, and the plain git command that falls for it."""

    config: str
    command: tuple[str, ...]
    attributes: str = ""
    hook: str = ""


TRAPS = {
    "fsmonitor": Trap("[core]\nfsmonitor = EVIL", ("status",)),
    "hooks path": Trap("[core]\nhooksPath = HOOKS", ("update-ref", "refs/heads/x", "HEAD")),
    "hook": Trap("", ("update-ref", "refs/heads/x", "HEAD"), hook="reference-transaction"),
    "alias": Trap("[alias]\nst = !EVIL", ("st",)),
    "external diff": Trap("[diff]\nexternal = EVIL", ("diff", "HEAD~1", "HEAD")),
    "diff driver": Trap('[diff "e"]\ncommand = EVIL', ("diff", "HEAD~1", "HEAD"), "* diff=e"),
    "text converter": Trap('[diff "e"]\ntextconv = EVIL', ("log", "-p"), "* diff=e"),
    "clean filter": Trap('[filter "e"]\nclean = EVIL', ("diff",), "* filter=e"),
    "process filter": Trap('[filter "e"]\nprocess = EVIL\nrequired = true', ("diff",), "* filter=e"),
    "include": Trap("[include]\npath = INCLUDED", ("status",)),
    "conditional include": Trap('[includeIf "gitdir:/"]\npath = INCLUDED', ("status",)),
    "signature": Trap("[log]\nshowSignature = true\n[gpg]\nprogram = EVIL", ("log", "-1", "signature")),
    "pager": Trap("[core]\npager = EVIL\n[pager]\nlog = EVIL", ("--paginate", "log", "-1")),
    "credential helper": Trap("[credential]\nhelper = !EVIL", ("fetch", "URL", "main")),
    "askpass": Trap("[core]\naskPass = EVIL", ("fetch", "URL", "main")),
    "address rewritten to a command": Trap(
        '[protocol]\nallow = always\n[url "ext::EVIL "]\ninsteadOf = http://', ("fetch", "URL", "main")
    ),
    "address rewritten to ssh": Trap(
        '[core]\nsshCommand = EVIL\n[url "ssh://host/"]\ninsteadOf = http://', ("fetch", "URL", "main")
    ),
    "program of a remote": Trap('[remote "e"]\nurl = .\nuploadpack = EVIL', ("fetch", "e")),
    "remote that is a command": Trap(
        '[protocol]\nallow = always\n[remote "e"]\nurl = ext::EVIL', ("fetch", "e")
    ),
    "proxy program": Trap("[core]\ngitProxy = EVIL", ("fetch", "git://127.0.0.1/x", "main")),
    "refs of alternates": Trap(
        "[core]\nalternateRefsCommand = EVIL", ("-c", "credential.helper=LOGIN", "fetch", "URL", "side")
    ),
}
SIGNED = """\
tree {tree}
author a <a@example.com> 1700000000 +0000
committer a <a@example.com> 1700000000 +0000
gpgsig -----BEGIN PGP SIGNATURE-----
 AAAA
 -----END PGP SIGNATURE-----

signed
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """A server that wants a login, with a repository `upstream.git` of three commits."""
    upstream = GitRepository(tmp_path / "served/work")
    for name in ("one", "two", "three"):
        upstream.commit(name, {"u.txt": name})
    upstream.git("branch", "side", "HEAD~1")
    upstream.git("clone", "-q", "--bare", ".", "../upstream.git")
    with git_serving(GitServer(tmp_path / "served", (LOGIN.username, LOGIN.password))) as serving:
        yield serving


def set_trap(repository: GitRepository, trap: Trap, marker: Path) -> None:
    """Put it into the repository; what falls for it makes `marker`."""
    folder = repository.path / ".git"
    evil = repository.path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {marker}\n")
    evil.chmod(0o755)
    (folder / "included").write_text(f"[core]\nfsmonitor = {evil}\n")
    hooks = repository.path / "hooks"
    hooks.mkdir()
    (hooks / "reference-transaction").symlink_to(evil)
    (repository.path / ".gitattributes").write_text(f"{trap.attributes}\n")
    (repository.path / "a.txt").write_text("also changed\n")
    tree = repository.git("rev-parse", "HEAD^{tree}")
    signed = repository.path / "signed"
    signed.write_text(SIGNED.format(tree=tree))
    repository.git("branch", "signature", repository.git("hash-object", "-t", "commit", "-w", str(signed)))
    config = trap.config.replace("EVIL", str(evil)).replace("HOOKS", str(hooks))
    with (folder / "config").open("a") as file:
        file.write(f"\n{config.replace('INCLUDED', str(folder / 'included'))}\n")
    if trap.hook:
        (folder / "hooks").mkdir(exist_ok=True)
        (folder / "hooks" / trap.hook).symlink_to(evil)


def filled_in(command: tuple[str, ...], url: str) -> list[str]:
    """The command with the server's address and a helper that knows the login."""
    helper = f"!f() {{ echo username={LOGIN.username}; echo password={LOGIN.password}; }}; f"
    return [part.replace("URL", url).replace("LOGIN", helper) for part in command]


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_that_plain_git_falls_for_stays_shut(
    repository: GitRepository, server: GitServer, tmp_path: Path, name: str
) -> None:
    trap, marker = TRAPS[name], tmp_path / "marker"
    url = f"{server.url}/upstream.git"
    set_trap(repository, trap, marker)
    if name == "refs of alternates":
        alternate = GitRepository(tmp_path / "alternate")
        alternates = repository.path / ".git/objects/info/alternates"
        alternates.write_text(f"{alternate.path}/.git/objects\n")

    with opened(repository.path) as git:
        for command in (trap.command, ("status",), ("diff", "HEAD~1"), ("log", "-p", "signature", "main")):
            git.run(*filled_in(command, url), accept=range(256))
        git.fetch("main", Remote(url), LOGIN)
    assert not marker.exists()

    fall_for(repository, filled_in(trap.command, url))
    assert marker.exists(), "no trap at all"


def fall_for(repository: GitRepository, command: list[str]) -> None:
    """Run plain git as a person would, at a terminal: it starts no pager elsewhere.

    The repository's `core.pager` goes before PAGER, which takes the place of one that waits for a key.
    """
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_TERMINAL_PROMPT": "0",
        "PAGER": "cat",
    }
    ours, terminal = pty.openpty()
    try:
        subprocess.run(["git", *command], cwd=repository.path, env=variables, stdout=terminal, check=False)  # noqa: S607 - the traps of this file
    finally:
        os.close(terminal)
        os.close(ours)


def test_the_workspace_s_configuration_does_not_send_a_fetch_elsewhere(
    repository: GitRepository, server: GitServer
) -> None:
    repository.git("config", "http.proxy", "http://127.0.0.1:1")
    repository.git("config", "url.http://127.0.0.1:1/.insteadOf", f"{server.url}/")
    repository.git("config", "http.extraHeader", "X-Evil: 1")

    with opened(repository.path) as git:
        assert git.fetch("main", Remote(f"{server.url}/upstream.git"), LOGIN)


def test_replaced_commits_and_graph_files_tell_no_lies(repository: GitRepository) -> None:
    repository.git("replace", "--graft", "side", "main")
    repository.git("config", "core.commitGraph", "true")

    assert repository.git("merge-base", "main", "side") == repository.git("rev-parse", "main")
    with opened(repository.path) as git:
        assert git.merge_base("main", "side") == repository.git("rev-parse", "main~1")


# Fetching


def cloned(server: GitServer, path: Path, *options: str) -> GitRepository:
    """A clone of the server's repository, as a pipeline's first step leaves it."""
    repository = GitRepository(path)
    repository.git("fetch", "-q", *options, f"file://{server.root}/upstream.git", "main")
    repository.git("reset", "-q", "--hard", "FETCH_HEAD")
    return repository


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, with size and time."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def test_a_missing_commit_is_fetched_and_the_workspace_stays_as_it_is(
    server: GitServer, tmp_path: Path
) -> None:
    upstream = GitRepository.__new__(GitRepository)
    upstream.path = tmp_path / "served/upstream.git"
    wanted = upstream.git("rev-parse", "main~1")
    clone = cloned(server, tmp_path / "clone", "--depth=1")
    before = state(clone.path)

    with opened(clone.path) as git:
        assert git.is_shallow
        with pytest.raises(MissingObjectError):
            git.rev_parse(wanted)
        assert git.fetch(wanted, Remote(f"{server.url}/upstream.git"), LOGIN, depth=1) == wanted
        assert git.rev_parse(wanted) == wanted
        assert b"+two" in git.run("show", wanted).stdout

    assert state(clone.path) == before


def test_a_cut_history_does_not_answer_no_and_can_be_completed(server: GitServer, tmp_path: Path) -> None:
    remote = Remote(f"{server.url}/upstream.git")
    clone = cloned(server, tmp_path / "clone", "--depth=1")

    with opened(clone.path) as git:
        side = git.fetch("side", remote, LOGIN, depth=1)
        with pytest.raises(ShallowHistoryError, match=r"too short to tell whether HEAD builds on"):
            git.is_ancestor(side, "HEAD")
        with pytest.raises(ShallowHistoryError, match="meet"):
            git.merge_base(side, "HEAD")

        git.fetch("main", remote, LOGIN, depth=ALL)

        assert not git.is_shallow
        assert git.is_ancestor(side, "HEAD")
        assert git.merge_base(side, "HEAD") == side


def test_the_token_is_the_user_name_and_stands_in_no_argument_address_or_file(
    server: GitServer, repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    seen: list[str] = []
    processes = Spying({"PATH": os.environ["PATH"]}, repository.path, redact=Redactor())
    processes.seen = seen.append

    with open_git(processes, repository.path) as git:
        git.fetch("main", Remote(f"{server.url}/upstream.git"), LOGIN)
        private = [path for path in tmp_path.glob("git-*/**/*") if path.is_file()]
        assert private
        assert not any(TOKEN.encode() in path.read_bytes() for path in private)

    assert server.logins
    assert set(server.logins) == {f"{TOKEN}:x-oauth-basic"}
    assert not any(TOKEN in part for part in seen)
    assert not list(tmp_path.glob("git-*"))


class Spying(Processes):
    """Tells what it is asked to run."""

    seen: Callable[[str], None]

    def run(
        self, command: Sequence[str], *, limit: int = OUTPUT_LIMIT, **options: Unpack[Options]
    ) -> Finished:
        """As the base class, after telling."""
        for part in command:
            self.seen(part)
        return super().run(command, limit=limit, **options)


@pytest.mark.parametrize(
    "login", [NO_LOGIN, Login("example.com", TOKEN, "x"), Login("127.0.0.1", "wrong", "x")]
)
def test_without_the_right_login_the_refusal_is_said_and_the_token_stays_here(
    server: GitServer, repository: GitRepository, login: Login
) -> None:
    with opened(repository.path) as git, pytest.raises(RefusedError) as caught:
        git.fetch("main", Remote(f"{server.url}/upstream.git"), login)

    assert "refuses to hand out main" in caught.value.message
    assert not any(TOKEN in shown for shown in server.logins)


def test_a_server_that_sends_git_elsewhere_does_not_take_the_login_along(
    server: GitServer, repository: GitRepository, tmp_path: Path
) -> None:
    with git_serving(GitServer(tmp_path, redirect_to=server.url)) as elsewhere:
        elsewhere.login = LOGIN.username, LOGIN.password
        with opened(repository.path) as git, pytest.raises(RefusedError):
            git.fetch("main", Remote(f"{elsewhere.url}/upstream.git"), LOGIN)

    assert server.requests
    assert server.logins == []


def test_a_netrc_of_the_home_folder_is_not_used(
    server: GitServer, repository: GitRepository, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login {TOKEN} password x-oauth-basic\n")
    processes = Processes(
        {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, repository.path, redact=Redactor()
    )

    with open_git(processes, repository.path) as git, pytest.raises(RefusedError):
        git.fetch("main", Remote(f"{server.url}/upstream.git"))


@pytest.mark.parametrize(
    "wanted", ["nothing", "f" * 40, "refs/heads/main:refs/heads/x", "+main", "--help", "a b"]
)
def test_what_the_server_lacks_is_a_typed_error(
    server: GitServer, repository: GitRepository, wanted: str
) -> None:
    with opened(repository.path) as git, pytest.raises(MissingObjectError):
        git.fetch(wanted, Remote(f"{server.url}/upstream.git"), LOGIN)


def test_a_server_that_is_not_there_is_unreachable(repository: GitRepository) -> None:
    with opened(repository.path) as git, pytest.raises(UnreachableError, match="main cannot be fetched"):
        git.fetch("main", Remote("http://127.0.0.1:1/x.git"))


def test_a_private_authority_is_trusted_when_it_is_named(
    repository: GitRepository, server: GitServer, tmp_path: Path
) -> None:
    authority = make_authority(tmp_path / "tls")
    with git_serving(GitServer(server.root), authority) as secure:
        remote = Remote(f"{secure.url}/upstream.git")
        with opened(repository.path) as git, pytest.raises(UnreachableError, match="certificate"):
            git.fetch("main", remote)
        with opened(repository.path, {"GIT_SSL_CAINFO": str(authority.certificate)}) as git:
            assert git.fetch("main", remote)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ext::sh -c id",
        "ssh://host/x",
        "/srv/x.git",
        "file:///srv/x.git",
        "--upload-pack=id",
        "https://token@host/x.git",
        "https://host/a b",
        "https://host:x/",
        "https:///x",
        "https://host/x\n",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        Remote(url)


@pytest.mark.parametrize(
    ("environment", "login"),
    [
        (
            {"DRONE_NETRC_MACHINE": "h", "DRONE_NETRC_USERNAME": "u", "DRONE_NETRC_PASSWORD": "p"},
            Login("h", "u", "p"),
        ),
        ({"CI_NETRC_MACHINE": "h", "CI_NETRC_USERNAME": "u", "CI_NETRC_PASSWORD": "p"}, Login("h", "u", "p")),
        ({}, NO_LOGIN),
    ],
)
def test_the_login_is_the_platform_s(environment: dict[str, str], login: Login) -> None:
    assert Login.read(environment) == login
    assert "u" not in repr(login).replace("Login", "").replace("machine", "")


def test_an_unknown_command_is_an_error_with_git_s_words(repository: GitRepository) -> None:
    with opened(repository.path) as git, pytest.raises(CommandError, match="is not a git command"):
        git.run("nonsense")
