"""The archived request: what Databricks was sent, kept with the MLflow run so that it can be sent again."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from databricks_train.job.logins import WITHHELD
from drone_plugin import SettingsError, spell
from drone_plugin.images import parse_image
from drone_plugin.spellings import spellings
from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from databricks_train.tracking.server import Tracking
    from databricks_train.tracking.tracked import TrackedRun

PATH: Final = "drone-ml/request.json"
"""The artifact of the MLflow run."""

_REFERENCE = re.compile(r"\{\{(?:secrets/[^/{}\s]+/[^/{}\s]+|drone-ml/withheld)\}\}")
_SECRET_NAME = re.compile(
    r"(?:^|[^A-Za-z])(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY|ACCOUNT\.KEY(?:\..*)?)$",
    re.IGNORECASE,
)
_LOGIN = "→docker_image→basic_auth→"
_NO_SECRETS = frozenset({"idempotency_token"})


class _Archived(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ArchivedIdentity(_Archived):
    """Which training the request was an attempt at."""

    host: str
    repository: str
    step: str
    run_key: str
    attempt: int = Field(ge=1)


class ArchivedRequest(_Archived):
    """A request as it was before the names of one run were filled in. Secrets are references only."""

    kind: Literal["drone-ml/request"] = "drone-ml/request"
    version: Literal[1] = 1
    endpoint: Literal["submit", "run-now"]
    body: dict[str, JsonValue]
    image: str = Field(pattern=r"^$|^[^\s@]+@sha256:[0-9a-f]{64}$")
    """The image by its digest; empty for a saved job, which names its own."""
    parameters: dict[str, str | int | float | bool]
    profile: str = ""
    variables: dict[str, str] = {}
    """The variables of every task, as templates, too."""
    limit: int = Field(default=0, ge=0)
    """Seconds after which the run was to end; 0 where that is not known."""
    identity: ArchivedIdentity
    commit: str
    branch: str
    build: int = 0
    """The build that submitted it first. It is not part of the fingerprint: a later build joins the run."""

    @field_validator("body", "variables")
    @classmethod
    def _without_secrets(cls, values: dict[str, JsonValue]) -> dict[str, JsonValue]:
        places = [place for place, _ in plain_secrets(values)]
        if places:
            raise ValueError(f"holds a secret in plain text at {', '.join(places)[:200]}")
        return values

    @property
    def digest(self) -> str:
        """The image's digest."""
        return self.image.rpartition("@")[2]

    def is_outside(self, repository: str) -> bool:
        """Whether the image is of another repository than this one; without one, or an image, never."""
        if not self.image or not repository:
            return False
        try:
            return parse_image(self.image).repository != parse_image(repository).repository
        except ValueError:
            return True

    @property
    def withheld(self) -> tuple[str, ...]:
        """Where a secret was left out that nobody can give again; a registry's login is in the settings."""
        return tuple(
            place.replace("→", ".")
            for place, text in _texts(self.body, "")
            if text == WITHHELD and _LOGIN not in place
        )

    def as_json(self) -> dict[str, JsonValue]:
        """The content of the artifact."""
        return self.model_dump(mode="json")

    def fingerprint(self) -> str:
        """sha256 of all that makes the request: it is a parameter of the run, which nobody can change."""
        content = self.model_dump(mode="json", exclude={"build"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def plain_secrets(body: JsonValue) -> Iterator[tuple[str, str]]:
    """The texts that stand under the name of a secret and are no reference to one: (place, text)."""
    for place, text in _texts(body, ""):
        name = place.rpartition("→")[2]
        if text and _SECRET_NAME.search(name) and name not in _NO_SECRETS and not _REFERENCE.fullmatch(text):
            yield place.replace("→", "."), text


def sealed(body: Mapping[str, JsonValue], secrets: Iterable[str]) -> dict[str, JsonValue]:
    """The body for the archive: what holds one of `secrets`, or is a secret by its name, is withheld."""
    known = {form for secret in secrets if secret for form in spellings(secret)}
    known |= {text for _, text in plain_secrets(dict(body))}
    return {name: _sealed(value, known) for name, value in body.items()}


def read_request(tracking: Tracking, run: TrackedRun) -> ArchivedRequest:
    """The request that a run was made by.

    Raises MissingError where it has none, SettingsError for one that is no request of this suite or not the
    one that the run was made by.
    """
    where = f"{PATH} of MLflow run {run.run_id}"
    try:
        request = ArchivedRequest.model_validate_json(tracking.read_artifact(run.run_id, PATH))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = spell(".".join(map(str, first["loc"])))[:80] or "the file"
        raise SettingsError(f"{where} is no archived request: {place}: {first['msg']}") from None
    expected = run.params.get(tags.REQUEST, "")
    if expected and expected != request.fingerprint():
        raise SettingsError(
            f"{where} was changed: its digest is {request.fingerprint()}, and the run's {tags.REQUEST} "
            f"is {spell(expected)[:80]}",
            hint="somebody has written over the artifact; MLflow parameters cannot be changed",
        )
    return request


def _texts(value: JsonValue, place: str) -> Iterator[tuple[str, str]]:
    """Every text in it with its place; the steps of a place are told apart from the dots in names."""
    items: Iterable[tuple[str, JsonValue]] = ()
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = ((str(at), item) for at, item in enumerate(value))
    for name, item in items:
        yield from _texts(item, f"{place}→{name}" if place else name)


def _sealed(value: JsonValue, known: set[str]) -> JsonValue:
    if isinstance(value, str):
        return WITHHELD if any(form in value for form in known) else value
    if isinstance(value, dict):
        return {name: _sealed(item, known) for name, item in value.items()}
    return [_sealed(item, known) for item in value] if isinstance(value, list) else value
