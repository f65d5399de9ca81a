"""The chain of a model version, walked both ways: version, MLflow run, Databricks run, image, commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from databricks_train.chain.archive import ArchivedRequest, read_request
from databricks_train.chain.links import BrokenLink, Link, broken, held
from databricks_train.chain.target import Target, find_version, parse_target
from databricks_train.tracking.door import MissingError
from drone_plugin import FindingsError, SettingsError, spell
from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks_train.chain.witnesses import Witnesses
    from databricks_train.tracking.models import Version
    from databricks_train.tracking.server import Tracking
    from databricks_train.tracking.tracked import TrackedRun

KEPT: Final = 60 * 24 * 3600
"""Seconds for which Databricks keeps a run that has ended."""


@dataclass
class Verification:
    """The links so far, in the order in which they were walked. The last one may be broken."""

    target: Target
    links: list[Link] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether no link is missing or contradicts another."""
        return all(link.intact for link in self.links)

    def lines(self) -> list[str]:
        """A line for each link, with both of its values."""
        return [link.line for link in self.links]

    def raise_if_broken(self) -> None:
        """Raise FindingsError that names the link."""
        for link in self.links:
            if not link.intact:
                raise FindingsError(
                    f"the chain of {spell(self.target.text)} is broken at {link.name}: {link.why}",
                    hint="what is behind this link cannot be told for certain; do not release this version",
                )


def verify(tracking: Tracking, text: str, witnesses: Witnesses, image_repo: str = "") -> Verification:
    """Walk the chain of what `settings.verify` names, up to the first link that does not hold.

    Facts, which nobody can change (MLflow's parameters, the archived request), outrank tags: a tag that says
    something else is a contradiction. Raises UnreachableError and RefusedError as they come: a chain that
    could not be asked for is not a broken one.
    """
    verification = Verification(parse_target(text, "verify"))
    try:
        for link in _Walk(tracking, verification.target, witnesses, image_repo).links():
            verification.links.append(link)
    except BrokenLink as error:
        verification.links.append(error.link)
    return verification


@dataclass(frozen=True)
class _Walk:
    """One walk; each part raises BrokenLink where it ends."""

    tracking: Tracking
    target: Target
    ask: Witnesses
    image_repo: str

    def links(self) -> Iterator[Link]:
        version, run = None, None
        if not self.target.run_id:
            version = self._version()
            yield held("model version", self.target.text, str(version.model.version))
        run = self._run(version)
        yield held("MLflow run", f"version {version.model.version}" if version else "asked for", run.run_id)
        yield from self._facts(run)
        request = self._request(run)
        yield held("archived request", run.run_id, request.fingerprint()[:12])
        yield from self._agreement(run, request)
        yield self._databricks(run, request)
        yield self._image(run, request)
        yield self._commit(run)
        yield from self._back(run, version)

    def _version(self) -> Version:
        try:
            return find_version(self.tracking, self.target)
        except MissingError as error:
            raise broken("model version", self.target.text, "", error.message) from None

    def _run(self, version: Version | None) -> TrackedRun:
        run_id = version.run_id if version else self.target.run_id
        if not run_id:
            raise broken("MLflow run", self.target.text, "", "the version was registered without a run")
        try:
            run = self.tracking.run(run_id)
        except MissingError as error:
            raise broken("MLflow run", run_id, "", error.message) from None
        if run.deleted:
            raise broken("MLflow run", run_id, "", "it was deleted; MLflow can restore it")
        return run

    def _facts(self, run: TrackedRun) -> Iterator[Link]:
        """The parameters are there, and the tags of the run say the same."""
        for name in (tags.COMMIT, tags.DATABRICKS_RUN_ID):
            if not run.params.get(name):
                raise broken("facts of the MLflow run", name, run.tags.get(name, ""), f"no parameter {name}")
        for name, fact, tag in run.contradictions():
            raise broken(
                "facts of the MLflow run", f"{name} {fact}", tag, "the tag contradicts the parameter"
            )
        yield held("facts of the MLflow run", f"{len(run.params)} parameters", "no tag contradicts them")

    def _request(self, run: TrackedRun) -> ArchivedRequest:
        try:
            return read_request(self.tracking, run)
        except SettingsError as error:  # MissingError is one, and so is a file that was changed
            raise broken("archived request", run.run_id, "", error.message) from None

    def _agreement(self, run: TrackedRun, request: ArchivedRequest) -> Iterator[Link]:
        """The request is of the image and commit that the run says."""
        yield _same("commit of the request", run.fact(tags.COMMIT), request.commit)
        if request.image or run.fact(tags.IMAGE_DIGEST):
            yield _same("image of the request", run.fact(tags.IMAGE_DIGEST), request.digest)

    def _databricks(self, run: TrackedRun, request: ArchivedRequest) -> Link:
        name, run_id = "Databricks run", run.fact(tags.DATABRICKS_RUN_ID)
        found = self.ask.databricks_run(int(run_id)) if run_id.isdecimal() else None
        if found is None:
            age = self.ask.now() - run.started / 1000
            if age < KEPT:
                raise broken(
                    name, run_id, "", "the workspace does not know it, though it keeps runs for 60 days"
                )
            note = (
                "older than the 60 days for which Databricks keeps a run: the archived request stands for it"
            )
            return held(name, run_id, request.fingerprint()[:12], note)
        if found.mlflow_run_id and found.mlflow_run_id != run.run_id:
            raise broken(name, run.run_id, found.mlflow_run_id, "it belongs to another MLflow run")
        digest = run.fact(tags.IMAGE_DIGEST)
        ran = found.image.rpartition("@")[2] if "@" in found.image else ""
        if ran and digest and ran != digest:
            raise broken(name, digest, ran, "it ran in another image")
        return held(name, run_id, found.image or "known", "" if ran else "its image is not named by digest")

    def _image(self, run: TrackedRun, request: ArchivedRequest) -> Link:
        if not request.image:
            return held("image", "a saved job", "its own", "the job itself says which one it runs in")
        if request.is_outside(self.image_repo):  # whose registry must not get the login
            raise broken("image", request.image, self.image_repo, "it is not in image_repo")
        found = self.ask.image_digest(request.image)
        if not found:
            raise broken("image", request.image, "", "the registry does not have it any more")
        return _same("image", run.fact(tags.IMAGE_DIGEST), found)

    def _commit(self, run: TrackedRun) -> Link:
        commit = run.fact(tags.COMMIT)
        known = self.ask.has_commit(commit)
        if known is False:
            raise broken("commit", commit, "", "the repository does not have it")
        note = "" if known else "this clone cannot tell, so the archived request stands for it"
        return held("commit", commit, "in the repository" if known else "as archived", note)

    def _back(self, run: TrackedRun, version: Version | None) -> Iterator[Link]:
        """From the commit back to the version: what was written on each link, so that it can be found."""
        commit = run.fact(tags.COMMIT)
        if all(one.run_id != run.run_id for one in self._runs_of(run, commit)):
            raise broken("commit → MLflow run", commit, "", "no search by the commit finds the run")
        yield held("commit → MLflow run", commit, run.run_id)
        if version is None:
            return
        if version.model not in self.tracking.registry.versions_of(run):
            raise broken(
                "MLflow run → version", run.run_id, "", "the run does not name the version as its own"
            )
        yield held("MLflow run → version", run.run_id, f"{version.model.name} {version.model.version}")
        for name in filter(run.fact, (tags.COMMIT, tags.IMAGE_DIGEST, tags.DATABRICKS_RUN_ID)):
            yield _same(f"{name} of the version", run.fact(name), version.tag(name))

    def _runs_of(self, run: TrackedRun, commit: str) -> tuple[TrackedRun, ...]:
        return self.tracking.find_runs(run.experiment_id, tags.COMMIT, commit)


def _same(name: str, fact: str, found: str) -> Link:
    if not found:
        raise broken(name, fact, "", "is not set")
    if fact != found:
        raise broken(name, fact, found, "the two contradict each other")
    return held(name, fact, found)
