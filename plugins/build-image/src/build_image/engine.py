"""The door to the Docker engine: its verbs, with its errors in the suite's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Self, TypeAlias

import docker
import requests
from docker.errors import APIError, DockerException

from build_image.context import DOCKERFILE_NAME
from drone_plugin import JobFailedError, PluginError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from drone_plugin import Clock

Event: TypeAlias = "Mapping[str, object]"
Auth: TypeAlias = "dict[str, str] | None"

READ_TIMEOUT = 1800
"""Seconds: docker-py's own 60 end a push whose registry takes longer over a large layer."""

CHECK_LOGIN = "check username, password and repo, and that the user may push there"
CHECK_BASE = (
    "base images are pulled with the login of repo's registry alone: check FROM, username and password"
)

_REFUSED = re.compile(
    r"unauthorized|denied|authentication required|no basic auth|forbidden|incorrect username", re.IGNORECASE
)
_UNREACHABLE = re.compile(
    r"connection refused|no such host|timeout|timed out|deadline exceeded|unreachable|EOF|reset by peer"
    r"|server error|toomanyrequests|too many requests|\b50[0234]\b|no route to host|server misbehaving"
    r"|HTTP response to",
    re.IGNORECASE,
)
_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class Recipe:
    """What a build is asked for beside its context."""

    tag: str
    target: str | None
    build_args: dict[str, str]
    network: str | None
    pull: bool


class Engine:
    """A Docker engine that answered."""

    def __init__(self, api: docker.APIClient) -> None:
        """Wrap a client that has agreed on a version of the API; see `wait_for`."""
        self._api = api
        self.version = str(api.version()["Version"])

    @classmethod
    def wait_for(cls, host: str, clock: Clock, seconds: float) -> Self:
        """The engine at `host` as soon as it answers: one that runs as a service starts beside the step.

        Raises UnreachableError after `seconds`.
        """
        deadline = clock.monotonic() + seconds
        while True:
            try:
                return cls(docker.APIClient(base_url=host, version="auto", timeout=READ_TIMEOUT))
            except (DockerException, requests.RequestException, OSError) as error:
                if clock.monotonic() >= deadline:
                    raise UnreachableError(
                        f"no Docker engine answers at {host} within {seconds:g} s: {_first_line(error)}",
                        hint="mount the host's socket (`volumes:` of a trusted repository), or run a docker "
                        "service beside the steps and set docker_host",
                    ) from None
            clock.sleep(1)

    def log_in(self, registry: str, username: str, password: str) -> None:
        """Check the login at the registry, and keep it for base images of the same registry."""
        try:
            self._api.login(username, password, registry=registry, reauth=True)
        except (APIError, requests.RequestException) as error:
            raise _classified(f"login of {username} at {registry}", _text(error), CHECK_LOGIN) from None

    def build(self, context: IO[bytes], recipe: Recipe, say: Callable[[str], None]) -> str:
        """Build and return the image's id; every line of output goes to `say`."""
        try:
            events = self._api.build(
                fileobj=context,
                custom_context=True,
                dockerfile=DOCKERFILE_NAME,
                tag=recipe.tag,
                target=recipe.target,
                buildargs=recipe.build_args,
                network_mode=recipe.network,
                pull=recipe.pull,
                decode=True,
                rm=True,
                forcerm=True,
                use_config_proxy=False,
            )
            return _built(events, say)
        except (APIError, requests.RequestException) as error:
            raise _classified("the build", _text(error), CHECK_BASE) from None

    def tag(self, image: str, repository: str, tag: str) -> None:
        """Give an image another name."""
        self._api.tag(image, repository, tag)

    def push(self, repository: str, tag: str, auth: Auth, say: Callable[[str], None]) -> str:
        """Push a tag and return the digest that the engine reports."""
        digest = ""
        what = f"the push of {repository}:{tag}"
        try:
            for event in self._api.push(repository, tag, stream=True, decode=True, auth_config=auth):
                if "error" in event:
                    raise _classified(what, str(event["error"]), CHECK_LOGIN)
                digest = _pushed_digest(event) or digest
                if event.get("status") in {"Pushed", "Layer already exists"}:
                    say(f"{event.get('id')}: {event['status']}")
        except (APIError, requests.RequestException) as error:
            raise _classified(what, _text(error), CHECK_LOGIN) from None
        return digest

    def digest(self, reference: str, auth: Auth) -> str:
        """The digest that the registry gives for a reference, asked through the engine.

        The engine may reach a registry that this container's network does not.
        """
        try:
            answer = self._api.inspect_distribution(  # type: ignore[no-untyped-call] # docker-py's stubs
                reference, auth_config=auth
            )
        except (APIError, requests.RequestException) as error:
            raise _classified(f"reading {reference} back", _text(error), CHECK_LOGIN) from None
        return str(answer["Descriptor"]["digest"])


def _built(events: Iterator[Event], say: Callable[[str], None]) -> str:
    image = ""
    for event in events:
        if "error" in event:
            text = str(event["error"])
            failed = JobFailedError(f"the Dockerfile failed: {text}")
            # What a RUN step says of its own network is the step's failure, not the engine's.
            raise (
                failed if "returned a non-zero code" in text else _classified("the build", text, CHECK_BASE)
            )
        for line in str(event.get("stream", "")).splitlines():
            if line.strip():
                say(line)
        aux = event.get("aux")
        if isinstance(aux, dict) and "ID" in aux:
            image = str(aux["ID"])
    if not image:
        raise JobFailedError("the engine ended the build without an image")
    return image


def _pushed_digest(event: Event) -> str:
    """The digest in an event: graphdriver stores send `aux`, containerd's store only says it in a status."""
    aux = event.get("aux")
    if isinstance(aux, dict) and "Digest" in aux:
        return str(aux["Digest"])
    found = _DIGEST.search(str(event.get("status", "")))
    return found[1] if found else ""


def _classified(what: str, text: str, hint: str) -> PluginError:
    message = f"{what} failed: {text.strip()}"
    if _REFUSED.search(text):
        return RefusedError(message, hint=hint)
    if _UNREACHABLE.search(text):
        return UnreachableError(message)
    return JobFailedError(message)


def _text(error: Exception) -> str:
    explanation = getattr(error, "explanation", None)
    return str(explanation or error)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
