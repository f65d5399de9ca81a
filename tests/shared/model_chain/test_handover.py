"""Files that steps hand over: what was written is read again, and nothing else is believed."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drone_plugin import Build, Redactor, SettingsError
from drone_plugin.redact import MASK
from kit.drone.fixtures import GitRepository
from model_chain import (
    HandoverError,
    ImageRecord,
    TrainingRecord,
    read_image,
    read_training,
    write_record,
)

MakeBuild = Callable[..., Build]

WRITE_FOR_EVER = """
import itertools, pathlib, sys
from model_chain import ImageRecord, Writer, write_record

writer = Writer(repository="a/b", commit="c", build=1, link="", plugin="p")
for number in itertools.count():
    tags = tuple(f"{number}-{i}" for i in range(2000))
    write_record(
        pathlib.Path(sys.argv[1]),
        "image.json",
        ImageRecord(writer=writer, repository="r", digest="sha256:" + "0" * 64, tags=tags),
        mask=str,
    )
"""


def written(workspace: Path, content: object) -> Path:
    """`image.json` with this content, as text or as JSON."""
    (workspace / ".drone-ml").mkdir(exist_ok=True)
    path = workspace / ".drone-ml/image.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def refusal(workspace: Path, build: Build) -> HandoverError:
    """The error that reading ends in: of the kind that settings are, so exit code 2."""
    with pytest.raises(HandoverError) as raised:
        read_image(workspace, build)
    assert raised.value.exit_code == 2
    return raised.value


@pytest.fixture
def refusal_of(tmp_path: Path, build: Build, image: ImageRecord) -> Callable[[str, str], str]:
    """What is said of a record in which one field has another value."""

    def read(field: str, value: str) -> str:
        written(tmp_path, {**image.model_dump(mode="json"), field: value})
        return refusal(tmp_path, build).message

    return read


def test_what_was_written_is_read_again(
    tmp_path: Path, build: Build, image: ImageRecord, training: TrainingRecord
) -> None:
    assert write_record(tmp_path, "image.json", image, mask=str) == tmp_path / ".drone-ml/image.json"
    write_record(tmp_path, "training.json", training, mask=str)
    assert read_image(tmp_path, build) == image
    assert read_training(tmp_path, build) == training


def test_metrics_that_are_no_numbers_any_more_are_read_again(
    tmp_path: Path, build: Build, training: TrainingRecord
) -> None:
    metrics = {"loss": math.nan, "best": math.inf, "worst": -math.inf, "tiny": 5e-324}
    odd = training.model_copy(update={"metrics": metrics})
    path = write_record(tmp_path, "training.json", odd, mask=str)

    read = read_training(tmp_path, build).metrics

    assert math.isnan(read.pop("loss"))
    assert read == {"best": math.inf, "worst": -math.inf, "tiny": 5e-324}
    assert "NaN," not in path.read_text().replace('"NaN",', "")  # which is not JSON


def test_no_secret_of_the_step_is_written_and_nothing_else_changes(
    tmp_path: Path, build: Build, training: TrainingRecord
) -> None:
    redactor, secret = Redactor(), 'a "quoted" secret'
    redactor.learn(secret)
    metrics = {"loss": 1e-07, "big": 1e22}
    plain = training.model_copy(update={"metrics": metrics})
    link = "https://acme.cloud.databricks.com/?o="
    leaking = plain.model_copy(update={"mlflow_run_url": link + secret, "metrics": {**metrics, secret: 1.0}})

    before = write_record(tmp_path, "training.json", plain, mask=str).read_text()
    assert write_record(tmp_path, "training.json", plain, mask=redactor).read_text() == before
    path = write_record(tmp_path, "training.json", leaking, mask=redactor)

    assert "quoted" not in path.read_text()
    assert read_training(tmp_path, build) == leaking.model_copy(
        update={"mlflow_run_url": f"{link}{MASK}", "metrics": {**metrics, MASK: 1.0}}
    )


def test_a_file_is_readable_for_steps_of_other_users_and_ends_in_a_newline(
    tmp_path: Path, image: ImageRecord
) -> None:
    path = write_record(tmp_path, "image.json", image, mask=str)
    assert path.stat().st_mode & 0o777 == 0o644
    assert path.read_text().endswith("}\n")
    assert list(path.parent.iterdir()) == [path]


def test_a_link_or_an_older_record_in_the_way_is_replaced_and_not_followed(
    tmp_path: Path, image: ImageRecord
) -> None:
    (tmp_path / "precious").write_text("untouched")
    written(tmp_path, "old").unlink()
    (tmp_path / ".drone-ml/image.json").symlink_to(tmp_path / "precious")
    path = write_record(tmp_path, "image.json", image, mask=str)
    assert not path.is_symlink()
    assert (tmp_path / "precious").read_text() == "untouched"


def folder_is_a_link(workspace: Path) -> None:
    (workspace / "elsewhere").mkdir()
    (workspace / ".drone-ml").symlink_to("elsewhere")


def folder_is_a_dangling_link(workspace: Path) -> None:
    (workspace / ".drone-ml").symlink_to("/nonexistent/folder")


def folder_is_a_file(workspace: Path) -> None:
    (workspace / ".drone-ml").write_text("")


def target_is_a_folder(workspace: Path) -> None:
    (workspace / ".drone-ml/image.json").mkdir(parents=True)


@pytest.mark.parametrize(
    "prepare", [folder_is_a_link, folder_is_a_dangling_link, folder_is_a_file, target_is_a_folder]
)
def test_what_a_repository_puts_in_the_way_is_an_error_and_leaves_nothing(
    tmp_path: Path, image: ImageRecord, prepare: Callable[[Path], None]
) -> None:
    prepare(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(
        HandoverError, match=r"^\.drone-ml(/image\.json cannot be written: | is a symbolic link)"
    ):
        write_record(tmp_path, "image.json", image, mask=str)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / ".drone-ml/image.json"
    command = [sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)]
    for moment in (0.0, 0.013, 0.029):
        path.unlink(missing_ok=True)
        with subprocess.Popen(command) as writer:
            while not path.exists():
                time.sleep(0.002)
            time.sleep(moment)
            writer.send_signal(signal.SIGKILL)
        ImageRecord.model_validate_json(path.read_bytes())


def test_a_missing_file_says_which_step_writes_it(tmp_path: Path, build: Build) -> None:
    error = refusal(tmp_path, build)
    assert error.lines() == [
        ".drone-ml/image.json is missing",
        "let a build-image step with the same trigger, keyword and events run before this one (depends_on), or name the image in the settings",
    ]
    with pytest.raises(HandoverError) as raised:
        read_training(tmp_path, build)
    assert raised.value.lines() == [
        ".drone-ml/training.json is missing",
        "let a databricks-train step run before this one",
    ]


def a_link(workspace: Path) -> None:
    written(workspace, "{}").rename(workspace / "real.json")
    (workspace / ".drone-ml/image.json").symlink_to("../real.json")


def a_link_to_nothing(workspace: Path) -> None:
    written(workspace, "{}").unlink()
    (workspace / ".drone-ml/image.json").symlink_to("nowhere")


def a_linked_folder(workspace: Path) -> None:
    (workspace / "real").mkdir()
    (workspace / "real/image.json").write_text("{}")
    (workspace / ".drone-ml").symlink_to("real")


def a_pipe(workspace: Path) -> None:
    written(workspace, "{}").unlink()
    os.mkfifo(workspace / ".drone-ml/image.json")


def a_folder(workspace: Path) -> None:
    (workspace / ".drone-ml/image.json").mkdir(parents=True)


def a_large_file(workspace: Path) -> None:
    written(workspace, " " * (256 * 1024 + 1))


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (a_link, "cannot be read, or is a symbolic link: "),
        (a_link_to_nothing, "cannot be read, or is a symbolic link: "),
        (a_linked_folder, "cannot be read, or is a symbolic link: "),
        (a_pipe, "is no regular file"),
        (a_folder, "is no regular file"),
        (a_large_file, "has more than 256 KiB, so it is not a record"),
    ],
)
def test_only_a_regular_file_of_usual_size_is_read(
    tmp_path: Path, build: Build, prepare: Callable[[Path], None], said: str
) -> None:
    prepare(tmp_path)
    assert refusal(tmp_path, build).message.startswith(f".drone-ml/image.json {said}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file: Invalid JSON: "),
        ("not json", "the file: Invalid JSON: "),
        ("\ufeff{}", "the file: Invalid JSON: "),
        ("[" * 100_000, "the file: Invalid JSON: recursion limit exceeded"),
        ("[]", "the file: Input should be an object"),
        ("{}", "writer: Field required"),
        ({"kind": "drone-ml/training"}, "kind: Input should be 'drone-ml/image'"),
        ({"version": 2}, "version: Input should be 1"),
    ],
    ids=["empty", "text", "marked", "deep", "list", "no fields", "other kind", "newer version"],
)
def test_what_is_no_record_is_refused(tmp_path: Path, build: Build, content: object, said: str) -> None:
    written(tmp_path, content)
    error = refusal(tmp_path, build)
    assert error.message.startswith(f".drone-ml/image.json is not a record of this suite: {said}")
    assert (
        error.hint
        == "let a build-image step with the same trigger, keyword and events run before this one (depends_on), or name the image in the settings"
    )
    assert len(error.lines()) == 2


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("digest", "sha256:abc", "digest: String should match pattern"),
        ("digest", "latest", "digest: String should match pattern"),
        ("repository", "", "repository: String should have at least 1 character"),
        ("tags", "latest", "tags: Input should be a valid"),
        ("writer", "me", "writer: Input should be an object"),
        ("signature", "x", "signature: Extra inputs are not permitted"),
        ("x\ny\x1b[31m", "x", r'"x\ny\u001b[31m": Extra inputs are not permitted'),
        ("z" * 300, "x", "z" * 80 + "…: Extra inputs are not permitted"),
    ],
)
def test_a_field_that_the_schema_does_not_allow_is_named(
    refusal_of: Callable[[str, str], str], field: str, value: str, said: str
) -> None:
    assert said in refusal_of(field, value)


def test_an_error_quotes_no_value_of_a_malformed_file(refusal_of: Callable[[str, str], str]) -> None:
    assert "s3cr3t-marker" not in refusal_of("digest", "s3cr3t-marker")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"DRONE_REPO": "mallory/hello"},
            "repository: octocat/hello, and this build's is mallory/hello",
        ),
        (
            {"DRONE_COMMIT_SHA": "d" * 40},
            f"commit: c0ffee{'0' * 34}, and this build's is {'d' * 40}",
        ),
        ({"DRONE_BUILD_NUMBER": "8"}, "build: 7, and this build's is 8"),
        ({"DRONE_BUILD_NUMBER": ""}, "build: 7, and this build's is none"),
    ],
    ids=["repository", "commit", "build", "no build"],
)
def test_the_file_of_another_build_is_refused(
    tmp_path: Path, image: ImageRecord, make_build: MakeBuild, changes: dict[str, str], said: str
) -> None:
    write_record(tmp_path, "image.json", image, mask=str)
    error = refusal(tmp_path, make_build(**changes))
    assert error.message == f".drone-ml/image.json is of another {said}"
    assert error.hint.startswith("hand-over files belong to one build")


def test_a_foreign_value_cannot_forge_or_flood_the_log(
    tmp_path: Path, build: Build, image: ImageRecord
) -> None:
    content = image.model_dump(mode="json")
    content["writer"]["repository"] = "a\nerror: \x1b[31mforged" + "x" * 10_000
    written(tmp_path, content)
    (line,) = refusal(tmp_path, build).message.splitlines()
    assert len(line) < 300
    assert "\x1b" not in line


def test_a_file_that_is_committed_is_refused(
    git_repository: GitRepository, build: Build, image: ImageRecord
) -> None:
    write_record(git_repository.path, "image.json", image, mask=str)
    git_repository.commit("Commit what a step wrote")

    error = refusal(git_repository.path, build)

    assert error.lines() == [
        ".drone-ml/image.json is committed to the repository, so it is not this build's",
        "git rm --cached .drone-ml/image.json, and add .drone-ml/ to .gitignore",
    ]


def test_a_file_beside_a_repository_that_does_not_track_it_is_read(
    git_repository: GitRepository, build: Build, image: ImageRecord
) -> None:
    git_repository.commit("Begin", {".gitignore": ".drone-ml/\n"})
    write_record(git_repository.path, "image.json", image, mask=str)
    assert read_image(git_repository.path, build) == image


def test_where_the_index_cannot_be_read_no_file_is_believed(
    git_repository: GitRepository, build: Build, image: ImageRecord
) -> None:
    git_repository.commit("Begin", {"a": "a"})
    write_record(git_repository.path, "image.json", image, mask=str)
    (git_repository.path / ".git/index").write_bytes(b"DIRC\0\0\0\2\xff\xff\xff\xff")
    with pytest.raises(SettingsError, match=r"git's index cannot be read .* unknown what is committed"):
        read_image(git_repository.path, build)
