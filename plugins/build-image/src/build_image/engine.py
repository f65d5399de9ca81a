"""The door to the Docker engine: its verbs, with its errors in the suite's words."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

import docker
import requests
from docker.constants import MINIMUM_DOCKER_API_VERSION
from docker.errors import DockerException
from urllib3.exceptions import HTTPError

from build_image.context import DOCKERFILE_NAME
from build_image.failures import CHECK_BASE, CHECK_LOGIN, classified, failed_build, first_line, in_our_words
from drone_plugin import JobFailedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from drone_plugin import Clock

Event: TypeAlias = "Mapping[str, object]"
Auth: TypeAlias = "dict[str, str] | None"

READ_TIMEOUT = 1800
"""Seconds: docker-py's own 60 end a push whose registry takes longer over a large layer."""

FIRST_TIMEOUT = 10
"""Seconds for the first answer of an engine: some take the connection and say nothing."""

_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")
_STEP = re.compile(r"Step \d+/\d+ : (.+)")


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
            patience = min(max(deadline - clock.monotonic(), 1), FIRST_TIMEOUT)
            try:
                return cls(_connect(host, patience))
            except (DockerException, requests.RequestException, HTTPError, OSError) as error:
                if clock.monotonic() >= deadline:
                    raise UnreachableError(
                        f"no Docker engine answers at {host} within {seconds:g} s: {first_line(error)}",
                        hint="mount the host's socket (`volumes:` of a trusted repository), or run a docker "
                        "service beside the steps and set docker_host",
                    ) from None
            clock.sleep(1)

    def log_in(self, registry: str, username: str, password: str) -> None:
        """Check the login at the registry, and keep it for base images of the same registry."""
        with in_our_words(f"login of {username} at {registry}", CHECK_LOGIN):
            self._api.login(username, password, registry=registry, reauth=True)

    def build(self, context: Iterator[bytes], recipe: Recipe, say: Callable[[str], None]) -> str:
        """Build and return the image's id; every line of output goes to `say`.

        Raises JobFailedError where the Dockerfile is at fault.
        """
        with in_our_words("the build", CHECK_BASE):
            events = self._api.build(
                fileobj=context,  # type: ignore[arg-type] # requests sends what an iterator gives, too
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

    def tag(self, image: str, repository: str, tag: str) -> None:
        """Give an image another name."""
        with in_our_words(f"tagging {repository}:{tag}", CHECK_LOGIN):
            self._api.tag(image, repository, tag)

    def push(self, repository: str, tag: str, auth: Auth, say: Callable[[str], None]) -> str:
        """Push a tag and return the digest that the engine reports."""
        digest = ""
        what = f"the push of {repository}:{tag}"
        with in_our_words(what, CHECK_LOGIN):
            for event in self._api.push(repository, tag, stream=True, decode=True, auth_config=auth):
                if "error" in event:
                    raise classified(what, str(event["error"]), CHECK_LOGIN)
                digest = _pushed_digest(event) or digest
                if event.get("status") in {"Pushed", "Layer already exists"}:
                    say(f"{event.get('id')}: {event['status']}")
        return digest

    def digest(self, reference: str, auth: Auth) -> str:
        """The digest that the registry gives for a reference, asked through the engine.

        The engine may reach a registry that this container's network does not.
        """
        with in_our_words(f"reading {reference} back", CHECK_LOGIN):
            answer = self._api.inspect_distribution(  # type: ignore[no-untyped-call] # docker-py's stubs
                reference, auth_config=auth
            )
        return str(answer["Descriptor"]["digest"])


def _connect(host: str, patience: float) -> docker.APIClient:
    """A client that speaks the engine's own version, of an engine that answers within `patience` seconds."""
    first = _client(host, MINIMUM_DOCKER_API_VERSION, math.ceil(patience))
    answer: object = first.version(api_version=False)
    if not isinstance(answer, dict) or "ApiVersion" not in answer:
        raise DockerException("what answers there is no Docker engine")
    return _client(host, str(answer["ApiVersion"]), READ_TIMEOUT)


def _client(host: str, version: str, timeout: int) -> docker.APIClient:
    """A client that goes straight to `host`: passwords pass here, and a build's parameter can set a proxy."""
    client = docker.APIClient(base_url=host, version=version, timeout=timeout)
    client.trust_env = False
    return client


def _built(events: Iterator[Event], say: Callable[[str], None]) -> str:
    image = instruction = ""
    for event in events:
        if "error" in event:
            raise failed_build(instruction, str(event["error"]))
        for line in str(event.get("stream", "")).splitlines():
            if line.strip():
                say(line)
            step = _STEP.match(line)
            instruction = step[1] if step else instruction
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
