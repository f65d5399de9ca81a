"""The hook, under the real pre-commit and without it, in a real repository."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from kit.drone.fixtures import GitRepository
from kit.engine import Engine
from kit.findings import KEY, OTHER, TOKEN, finding
from kit.images import BuiltImage
from kit.paths import ROOT
from secret_scan.accepted.baseline import BASELINE, Baseline

BIN = Path(sys.executable).parent
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
LEAK = f'client = Client(token="{TOKEN}")\n'

Ran = subprocess.CompletedProcess[str]
Commit = Callable[..., Ran]


def environment(folder: Path) -> dict[str, str]:
    """Of somebody who commits: nothing of pytest's, a home of its own."""
    kept = {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "UV_", "REQ"))
    }
    who = {f"GIT_{role}_{what}": f"a{'@example.com' if what == 'EMAIL' else ''}"
           for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**kept, **who, "PATH": path, "HOME": str(folder), "PRE_COMMIT_HOME": str(folder / "cache")}


def run(folder: Path, *command: str, variables: Mapping[str, str] | None = None) -> Ran:
    """Run a program in the repository; what it prints, in one text."""
    return subprocess.run(
        [shutil.which(command[0], path=environment(folder)["PATH"]) or command[0], *command[1:]],
        cwd=folder,
        env={**environment(folder.parent), **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture
def commit(git_repository: GitRepository) -> Commit:
    """Write files, stage them, and commit through the hooks."""

    def made(files: dict[str, str], message: str = "A change", *arguments: str) -> Ran:
        for name, content in files.items():
            (git_repository.path / name).parent.mkdir(parents=True, exist_ok=True)
            (git_repository.path / name).write_text(content)
            git_repository.git("add", "--", name)
        return run(git_repository.path, "git", "commit", "-m", message, *arguments)

    return made


@pytest.fixture
def hooked(git_repository: GitRepository) -> GitRepository:
    """A repository whose hooks pre-commit has installed, with the scanner of this environment."""
    hooks = [
        {
            **hook,
            "language": "system",
            "entry": hook["entry"].replace("secret-scan", str(BIN / "secret-scan"), 1),
        }
        for hook in yaml.safe_load(MANIFEST.read_text())
        if hook["language"] == "python"
    ]
    config = {
        "repos": [{"repo": "local", "hooks": hooks}],
        "default_install_hook_types": ["pre-commit", "commit-msg"],
    }
    git_repository.commit("begin", {".pre-commit-config.yaml": yaml.safe_dump(config)})
    done = run(git_repository.path, "pre-commit", "install")
    assert done.returncode == 0, done.stdout
    return git_repository


def test_the_manifest_is_valid() -> None:
    done = run(ROOT, "pre-commit", "validate-manifest", str(MANIFEST))
    assert done.returncode == 0, done.stdout


@pytest.mark.usefixtures("hooked")
def test_a_commit_with_a_secret_is_refused_and_one_without_is_made(commit: Commit) -> None:
    refused = commit({"src/train.py": LEAK})
    assert refused.returncode == 1
    assert "Databricks Token  src/train.py:1:24" in refused.stdout
    assert "Nothing is in the history yet" in refused.stdout
    assert TOKEN[4:] not in refused.stdout

    made = commit({"src/train.py": "client = Client()\n"})
    assert made.returncode == 0, made.stdout


@pytest.mark.usefixtures("hooked")
def test_comments_and_the_baseline_count_as_in_the_step(commit: Commit) -> None:
    text = f'x = "{OTHER}"\n'
    baseline = Baseline().accept(finding(OTHER, "b.py", content=text), "false", "", path="b.py")
    made = commit(
        {"a.py": f'"{TOKEN}"  # pragma: allowlist secret\n', "b.py": text, BASELINE: baseline.text()}
    )
    assert made.returncode == 0, made.stdout


@pytest.mark.usefixtures("hooked")
def test_a_message_with_a_secret_is_refused(commit: Commit) -> None:
    refused = commit({"a.py": "1\n"}, f"Revoke {KEY}")
    assert refused.returncode == 1
    assert "commit message:1:8" in refused.stdout
    assert KEY[4:] not in refused.stdout


def test_what_is_not_staged_is_not_looked_at(hooked: GitRepository, commit: Commit) -> None:
    commit({"a.py": "1\n"})
    (hooked.path / "a.py").write_text(LEAK)
    made = commit({"b.py": "1\n"})
    assert made.returncode == 0, made.stdout


def test_without_pre_commit_the_index_is_read_and_not_the_work_tree(
    git_repository: GitRepository, commit: Commit
) -> None:
    hook = git_repository.path / ".git/hooks/pre-commit"
    hook.write_text(f'#!/bin/sh\nexec "{BIN}/secret-scan" hook\n')
    hook.chmod(0o755)
    (git_repository.path / "a.py").write_text(LEAK)
    git_repository.git("add", "a.py")
    (git_repository.path / "a.py").write_text("cleaned, but not staged\n")

    refused = commit({})
    assert refused.returncode == 1
    assert "Databricks Token  a.py:1:24" in refused.stdout

    assert commit({}, "A change", "--all").returncode == 0


def test_excluded_paths_and_rules_are_left_out(git_repository: GitRepository) -> None:
    for name in ("a.py", "docs/b.py"):
        (git_repository.path / name).parent.mkdir(exist_ok=True)
        (git_repository.path / name).write_text(LEAK)
    git_repository.git("add", ".")
    hook = (str(BIN / "secret-scan"), "hook")
    excluded = ("--exclude", "a.py", "--exclude-rule", "databricks-token:docs/**")
    assert run(git_repository.path, *hook).returncode == 3
    assert run(git_repository.path, *hook, *excluded).returncode == 0


def test_detectors_of_a_file_find_their_tokens(git_repository: GitRepository) -> None:
    asked = [{"name": "acme-token", "regex": "acme_[0-9a-f]{8}", "keywords": ["acme_"]}]
    (git_repository.path / "detectors.json").write_text(json.dumps(asked))
    (git_repository.path / "a.md").write_text("see acme_7f3d9b2c\n")
    git_repository.git("add", ".")
    hook = (str(BIN / "secret-scan"), "hook")
    assert run(git_repository.path, *hook).returncode == 0
    refused = run(git_repository.path, *hook, "--detectors", "detectors.json")
    assert refused.returncode == 3, refused.stdout
    assert "acme-token  a.md:1:5" in refused.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"name": "x", "regex": "(a+)+b"}]', "0.regex: the expression can take very long"),
        ('[{"name": "x", "regex": "ab"}, {"name": "x", "regex": "cd"}]', "two detectors with the name x"),
        ('[{"name": "x", "regex": "ab", "path": "evil.py"}]', "0.path: Extra inputs are not permitted"),
        ("import os", "Invalid JSON"),
        (None, "there is no such file"),
    ],
)
def test_a_file_of_detectors_that_is_none_is_refused(
    git_repository: GitRepository, content: str | None, said: str
) -> None:
    if content is not None:
        (git_repository.path / "d.json").write_text(content)
    done = run(git_repository.path, str(BIN / "secret-scan"), "hook", "--detectors", "d.json")
    assert done.returncode == 1
    assert said in done.stdout
    assert "Traceback" not in done.stdout


def test_what_cannot_be_read_is_an_error_in_one_line(git_repository: GitRepository) -> None:
    done = run(git_repository.path, str(BIN / "secret-scan"), "hook", "--message", "none")
    assert done.returncode == 1
    assert done.stdout.startswith("secret-scan: ")
    assert done.stdout.count("\n") == 1


def test_an_odd_name_is_no_option_and_steers_no_terminal(
    git_repository: GitRepository, commit: Commit
) -> None:
    hook = git_repository.path / ".git/hooks/pre-commit"
    hook.write_text(f'#!/bin/sh\nexec "{BIN}/secret-scan" hook\n')
    hook.chmod(0o755)
    refused = commit({"--help\x1b[2J\n": LEAK})
    assert refused.returncode == 1
    assert "\x1b" not in refused.stdout
    assert r"--help\u001b[2J\n" in refused.stdout


@pytest.mark.container  # it takes packages from an index, as the images do
def test_pre_commit_installs_the_hooks_from_this_repository(
    tmp_path: Path, git_repository: GitRepository, commit: Commit
) -> None:
    origin = GitRepository(tmp_path / "origin")
    for name in (".pre-commit-hooks.yaml", "setup.py", "pyproject.toml"):
        shutil.copy(ROOT / name, origin.path)
    for name in ("shared/drone-plugin", "plugins/secret-scan"):
        shutil.copytree(ROOT / name, origin.path / name, ignore=shutil.ignore_patterns("__pycache__"))
    rev = origin.commit("as it is")
    config = {"repos": [{"repo": str(origin.path), "rev": rev, "hooks": [{"id": "secret-scan"}]}]}
    git_repository.commit("begin", {".pre-commit-config.yaml": yaml.safe_dump(config)})
    assert run(git_repository.path, "pre-commit", "install", "--install-hooks").returncode == 0

    refused = commit({"a.py": LEAK})

    assert refused.returncode == 1
    assert "Databricks Token  a.py:1:24" in refused.stdout


@pytest.mark.container
def test_the_image_is_a_hook_too(
    engine: Engine, images: Mapping[str, BuiltImage], git_repository: GitRepository
) -> None:
    (hook,) = (one for one in yaml.safe_load(MANIFEST.read_text()) if one["language"] == "docker_image")
    entry = hook["entry"].replace("drone-ml/secret-scan:dev", images["secret-scan"].name)
    config = {"repos": [{"repo": "local", "hooks": [{**hook, "entry": entry}]}]}
    (git_repository.path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (git_repository.path / "a.py").write_text(LEAK)
    git_repository.git("add", ".")

    refused = run(git_repository.path, "pre-commit", "run", variables={"DOCKER_HOST": engine.docker_host})

    assert refused.returncode == 1
    assert "Databricks Token  a.py:1:24" in refused.stdout, refused.stdout
