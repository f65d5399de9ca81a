"""Train again what was trained: the very request from the archive, with the data of that time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from databricks_train.chain.archive import read_request
from databricks_train.chain.target import Resolved, parse_target, resolve
from databricks_train.job.substitute import names_in
from databricks_train.tracking.door import MissingError
from drone_plugin import SettingsError, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from databricks_train.chain.archive import ArchivedRequest
    from databricks_train.tracking.server import Tracking
    from databricks_train.tracking.tracked import DataInput, TrackedRun

_DATA: Final = re.compile(r"data\.(.+)\.version")


@dataclass(frozen=True)
class Reproduction:
    """What is to be sent again."""

    request: ArchivedRequest
    of_run: TrackedRun
    of: str
    """What was asked for, in one line: `models:/digits@challenger (version 3)`."""
    data_versions: Mapping[str, str]
    """The values of `${data.NAME.version}`, by name."""
    warnings: tuple[str, ...]
    """What may come out differently, and why."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics of the run that is repeated."""
        return self.of_run.metrics

    def lines(self) -> Iterator[tuple[str, str]]:
        """What is known of it, as (name, value) for the log."""
        yield "reproduces", self.of
        yield "mlflow run", f"{self.of_run.run_id}  {self.of_run.status}"
        yield "commit", self.request.commit
        yield "image", self.request.image
        for name, value in sorted(self.request.parameters.items()):
            yield f"  {spell(name)}", spell(value)
        for name, version in sorted(self.data_versions.items()):
            yield "data", f"{spell(name)} version {spell(version)}"


def reproduction(
    tracking: Tracking,
    text: str,
    *,
    image_exists: Callable[[str], bool],
    host: str,
    repository: str,
    image_repo: str = "",
) -> Reproduction:
    """Find what `settings.reproduce` names, and all that is needed to train it again.

    `image_exists` asks the registry for `repository@sha256:…`, with a login: whoever can write to MLflow must
    not choose which registry that is, so an image outside of `image_repo` is not asked for. Raises
    SettingsError, MissingError among them, where something that the request needs is gone.
    """
    found = resolve(tracking, parse_target(text, "reproduce"))
    try:
        request = read_request(tracking, found.run)
    except MissingError as error:
        raise MissingError(
            f"{found} cannot be reproduced: {error.message}",
            hint="only runs of this suite keep their request; name one that a databricks-train step made",
        ) from None
    if request.withheld:
        raise SettingsError(
            f"{found} cannot be reproduced: secrets were sent in plain text and are not archived: "
            f"{', '.join(request.withheld)}",
            hint="keep them in a Databricks secret scope and train once with {{secrets/scope/key}}",
        )
    if request.is_outside(image_repo):
        raise SettingsError(
            f"settings.reproduce: {request.image} is not in image_repo, which is {image_repo}"
        )
    if request.image and not image_exists(request.image):
        raise SettingsError(
            f"{found} cannot be reproduced: image {request.image} is no longer in its registry",
            hint="restore it, or build the commit again, which makes another image",
        )
    versions = data_versions(found.run.inputs)
    named = data_names(request)
    _refuse_unknown(found, named, versions)
    return Reproduction(
        request,
        found.run,
        str(found),
        {name: next(iter(versions[name])) for name in named},
        (*_circumstances(found, request, host, repository), *_unpinned(versions, named)),
    )


def data_versions(inputs: tuple[DataInput, ...]) -> dict[str, dict[str, None]]:
    """The versions that a run read of each data set, each once, in the order in which they were logged."""
    versions: dict[str, dict[str, None]] = {}
    for data in inputs:
        versions.setdefault(data.name, {})[data.version] = None
    return versions


def data_names(request: ArchivedRequest) -> tuple[str, ...]:
    """The data sets whose version the specification asks for."""
    found = map(_DATA.fullmatch, sorted(names_in(request.body)))
    return tuple(match[1] for match in found if match)


def _refuse_unknown(
    found: Resolved, named: tuple[str, ...], versions: Mapping[str, Mapping[str, None]]
) -> None:
    problems = []
    for name in named:
        logged = list(map(spell, versions.get(name, ())))
        reference = f"${{data.{spell(name)}.version}}"
        if not logged:
            problems.append(f"{reference} has no value: the run has not logged data of that name")
        elif len(logged) > 1:
            problems.append(f"{reference} has several values: the run has read {', '.join(logged)}")
    if problems:
        raise SettingsError(
            [f"{found} cannot be reproduced: {problem}" for problem in problems],
            hint="the training should log each data set once: mlflow.log_input(dataset), under its own name",
        )


def _unpinned(versions: Mapping[str, Mapping[str, None]], named: tuple[str, ...]) -> Iterator[str]:
    """Data that may have changed since."""
    if not versions:
        yield (
            "data not pinned: the run has logged none (mlflow.log_input), so nothing says what it read; "
            "the metrics may differ"
        )
    for name, read in versions.items():
        if name not in named:
            yield (
                f"data not pinned: {spell(name)} was read at version {', '.join(map(spell, read))}, and the "
                f"specification does not ask for ${{data.{spell(name)}.version}}"
            )


def _circumstances(found: Resolved, request: ArchivedRequest, host: str, repository: str) -> Iterator[str]:
    """What is otherwise than it was."""
    if found.run.deleted:
        yield "the run to be reproduced was deleted; MLflow keeps it for a while only"
    if found.run.status != "FINISHED":
        yield f"the run to be reproduced is {found.run.status}, so it has no result to compare with"
    if request.identity.host != host:
        yield f"it was trained in another workspace: {spell(request.identity.host)}"
    if request.identity.repository != repository:
        yield f"it was trained by another repository: {spell(request.identity.repository)}"
