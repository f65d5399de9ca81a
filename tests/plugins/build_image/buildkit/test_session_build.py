"""What a session is for, on a real engine: files, secrets, and only what changed."""

import secrets
from pathlib import Path

import pytest

from build_image.buildkit import BuildFailedError, TextTree
from kit.buildkit_builds import Builds, FolderTree

pytestmark = pytest.mark.container

COPY_ALL = "FROM scratch\nCOPY . /src\n"


def test_an_image_is_built_from_a_tree_that_is_nowhere_on_disk(run_build: Builds) -> None:
    built = run_build(COPY_ALL, TextTree({"a.txt": b"hello\n", "b.txt": b""}))

    assert built.image_id.startswith("sha256:")
    assert built.steps["[1/1] COPY . /src"].completed


def test_what_the_engine_has_from_the_last_time_is_not_sent_again(run_build: Builds, tmp_path: Path) -> None:
    key = secrets.token_hex(8)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "large").write_bytes(b"x" * 1_000_000)
    (tmp_path / "small").write_text(key)

    first = run_build(COPY_ALL, FolderTree(tmp_path), shared_key=key)
    second = run_build(COPY_ALL, FolderTree(tmp_path), shared_key=key)
    (tmp_path / "small").write_text(f"{key}!")
    third = run_build(COPY_ALL, FolderTree(tmp_path), shared_key=key)

    traffic = [built.session.traffic["context"] for built in (first, second, third)]
    assert [(sent.files, sent.content) for sent in traffic] == [(2, 1_000_016), (0, 0), (1, 17)]
    assert first.image_id == second.image_id != third.image_id
    assert second.steps["[1/1] COPY . /src"].is_cached
    assert not third.steps["[1/1] COPY . /src"].is_cached


def test_a_secret_is_there_while_a_step_runs_and_in_no_layer(run_build: Builds, shell_image: str) -> None:
    built = run_build(
        f"FROM {shell_image}\n"
        'RUN --mount=type=secret,id=token test "$(cat /run/secrets/token)" = hunter2 && echo it was\n',
        secrets={"token": b"hunter2"},
        no_cache=True,
    )

    assert built.output == "it was\n"
    assert not built.session.missing_secrets


def test_a_secret_that_nobody_gave_is_named(run_build: Builds, shell_image: str) -> None:
    with pytest.raises(BuildFailedError, match="secret token"):
        run_build(f"FROM {shell_image}\nRUN --mount=type=secret,id=token,required=true true\n", no_cache=True)
