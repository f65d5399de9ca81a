"""What makes two trainings the same one: the identity that an idempotency token stands for."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from drone_plugin import Build

FORMAT = 1
"""Goes into every token: a change of what is hashed must not make an old token mean something new."""


@dataclass(frozen=True)
class Identity:
    """One training, however many builds ask for it. The same commit, asked in the same way, is the same."""

    host: str
    repository: str
    """`owner/name`"""
    step: str
    """The pipeline and the step, so that two steps of one pipeline train two models."""
    run_key: str
    request: str
    """sha256 of the request as it is before names that only one run has are filled in: image digest, cluster,
    parameters and all."""

    @property
    def key(self) -> str:
        """64 hex digits for the training as such; an attempt at it has a token of its own."""
        return _digest([FORMAT, self.host, self.repository, self.step, self.run_key, self.request])

    def token(self, attempt: int) -> str:
        """The idempotency token of an attempt, from 1: 64 hex digits, the longest that Databricks takes.

        With it, a submission whose answer was lost is never made twice: Databricks returns the first's run.
        """
        return _digest([self.key, attempt])


def identify(host: str, build: Build, run_key: str, request: Mapping[str, JsonValue]) -> Identity:
    """The identity of what `build` asks `host` for; `request` is all that is sent but names of one run.

    `run_key` is the user's. Without one it is the commit. A scheduled build trains on what the data have
    become, so its key names the build, and a restarted one keeps the key of the build that it restarts.
    """
    return Identity(
        host, build.repo.slug, place_of(build), run_key or default_run_key(build), _digest(request)
    )


def place_of(build: Build) -> str:
    """The pipeline and the step; empty where the platform tells neither."""
    return "/".join(filter(None, (build.stage.name, build.stage.step)))


def default_run_key(build: Build) -> str:
    """The commit; on cron the commit and the build; where there is no commit, something that comes once."""
    if not build.commit.sha:
        return uuid.uuid4().hex
    if build.event == "cron":
        return f"{build.commit.sha} cron {build.parent or build.number}"
    return build.commit.sha


def _digest(value: JsonValue | Mapping[str, JsonValue]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
