"""Writing and reading the files under `.drone-ml/`. The reader trusts nothing: the repository shares them."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from drone_plugin import SettingsError, spell, write_whole
from drone_plugin.masking import masked
from model_chain.records import ImageRecord, Record, TrainingRecord, Writer
from model_chain.tracked import is_tracked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drone_plugin import Build

R = TypeVar("R", ImageRecord, TrainingRecord)

FOLDER = ".drone-ml"
IMAGE_FILE = "image.json"
TRAINING_FILE = "training.json"
LARGEST = 256 * 1024
"""Bytes that a hand-over file may have."""

LONGEST_SHOWN = 80
"""Characters of a value in an error."""


BUILD_FIRST = (
    "let a build-image step with the same trigger, keyword and events run before this one (depends_on), "
    "or name the image in the settings"
)


class HandoverError(SettingsError):
    """A hand-over file is missing or not to be trusted."""


def written_by(build: Build, plugin: str) -> Writer:
    """The stamp of this build, for a record that `plugin` (name and version) writes."""
    return Writer(
        repository=build.repo.slug,
        commit=build.commit.sha,
        build=build.number,
        link=build.link,
        plugin=plugin,
    )


def write_record(workspace: Path, name: str, record: Record, *, mask: Callable[[str], str]) -> Path:
    """Write `record` as `.drone-ml/NAME`, whole or not at all, without the secrets that `mask` takes out.

    `mask` is the step's redactor: links and names come from elsewhere, and later steps need not know the same
    secrets. Raises HandoverError when the repository put something in the way.
    """
    folder = workspace / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        if folder.is_symlink():
            raise HandoverError(
                f"{FOLDER} is a symbolic link in the workspace; take it out of the repository"
            )
        write_whole(folder / name, _masked(record.model_dump_json(indent=2), mask) + "\n")
    except OSError as error:
        raise HandoverError(f"{FOLDER}/{name} cannot be written: {error.strerror}") from None
    return folder / name


def _masked(text: str, mask: Callable[[str], str]) -> str:
    """The text itself where there is nothing to mask: its numbers keep their spelling."""
    value = json.loads(text)
    shown = masked(value, mask)
    return text if shown == value else json.dumps(shown, indent=2, ensure_ascii=False)


def read_image(workspace: Path, build: Build) -> ImageRecord:
    """The image that this build's build-image step recorded. Raises HandoverError, saying what is wrong."""
    return _read(workspace, IMAGE_FILE, ImageRecord, build, BUILD_FIRST)


def read_training(workspace: Path, build: Build) -> TrainingRecord:
    """The training that this build's databricks-train step recorded. Raises HandoverError."""
    return _read(
        workspace, TRAINING_FILE, TrainingRecord, build, "let a databricks-train step run before this one"
    )


def _read(workspace: Path, name: str, schema: type[R], build: Build, remedy: str) -> R:
    path = f"{FOLDER}/{name}"
    content = _content(workspace, name, remedy)
    if is_tracked(workspace, path):
        raise HandoverError(
            f"{path} is committed to the repository, so it is not this build's",
            hint=f"git rm --cached {path}, and add {FOLDER}/ to .gitignore",
        )
    try:
        record = schema.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = _shown(".".join(map(str, first["loc"]))) or "the file"
        raise HandoverError(
            f"{path} is not a record of this suite: {where}: {first['msg']}", hint=remedy
        ) from None
    _refuse_foreign(path, record.writer, build)
    return record


def _content(workspace: Path, name: str, remedy: str) -> bytes:
    """The bytes of a regular file that is reached without following any symbolic link."""
    path = f"{FOLDER}/{name}"
    try:
        folder = os.open(workspace / FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        # Before Python makes a file of it, which it refuses for a folder.
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise HandoverError(f"{path} is no regular file", hint=remedy)
    except FileNotFoundError:
        raise HandoverError(f"{path} is missing", hint=remedy) from None
    except OSError as error:
        raise HandoverError(
            f"{path} cannot be read, or is a symbolic link: {error.strerror}", hint=remedy
        ) from None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise HandoverError(f"{path} has more than {LARGEST // 1024} KiB, so it is not a record")
    return content


def _refuse_foreign(path: str, writer: Writer, build: Build) -> None:
    expected = {"repository": build.repo.slug, "commit": build.commit.sha, "build": build.number}
    for name, value in expected.items():
        found = getattr(writer, name)
        if found != value:
            raise HandoverError(
                f"{path} is of another {name}: {_shown(found) or 'none'}, "
                f"and this build's is {_shown(value) or 'none'}",
                hint="hand-over files belong to one build; do not keep them in a cache or in the repository",
            )


def _shown(value: object) -> str:
    """A value of the file on one line of usual length, as whoever wrote it could write anything."""
    text = str(value or "")
    return spell(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")
