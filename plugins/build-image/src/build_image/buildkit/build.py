"""A build on the engine: started, followed and, when its block is left early, cancelled.

Source: moby builder/builder-next/builder.go and api/server/router/build/build_routes.go. The engine
cancels a build whose request is gone.
"""

from __future__ import annotations

import base64
import json
import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

import requests
from urllib3.exceptions import HTTPError

from build_image.buildkit.classic import ClassicSteps
from build_image.buildkit.errors import BuilderMissingError, BuildFailedError, EngineLostError
from build_image.buildkit.progress import decode_status
from build_image.buildkit.transport import reason_of, socket_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import docker

    from build_image.buildkit.progress import Event
    from build_image.buildkit.recipe import Recipe
    from build_image.buildkit.session import Session

BUILDKIT: Final = "2"
CLASSIC: Final = "1"

FIRST_SECONDS: Final = 600
"""Seconds in which the engine must begin to answer; after that a RUN may be silent for hours."""

_NO_SUCH_BUILDER: Final = ("buildkit is not enabled", "invalid version")
_PREFIXES: Final = re.compile(
    r"\A(?:failed to solve(?: with frontend [^:]+)?: "
    r"|failed to create LLB definition: |rpc error: code = \w+ desc = )+"
)
"""Words of older engines in front of what is the matter, which is of the Dockerfile as a rule."""

_NO_SUCH_PATH: Final = frozenset({403, 404, 405, 501})
_LOST: Final = (requests.RequestException, HTTPError, OSError, ValueError)


class Build:
    """A build that runs while its block does. Iterate over it, once and to the end, for what happens."""

    def __init__(
        self,
        api: docker.APIClient,
        recipe: Recipe,
        *,
        session: Session | None = None,
        archive: Iterable[bytes] | None = None,
        builder: str = BUILDKIT,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Of the trees of `session`, or of the tar `archive` without one, which either builder takes."""
        self._api = api
        self._session = session
        self._archive = archive
        self._parameters = [("version", builder), *recipe.parameters()]
        self._headers = (
            {"Content-Type": "application/x-tar"} | dict(headers or {}) if archive is not None else {}
        )
        if session is not None:
            self._parameters += [("remote", "client-session"), ("session", session.id)]
        if builder == CLASSIC:
            self._parameters += [("rm", "1"), ("forcerm", "1")]  # a failed build would leave its container
        self._classic = ClassicSteps()
        self._response: requests.Response | None = None
        self.image_id = ""
        """The image, once all events are read; empty where the recipe's output is none of the engine's
        images."""

    def __enter__(self) -> Self:
        """Start it.

        Raises BuilderMissingError where the engine does not do such builds, BuildFailedError where it
        refuses this one, EngineLostError where it is gone.
        """
        try:
            response = self._api.post(
                f"{self._api.base_url}/v{self._api.api_version}/build",
                params=self._parameters,
                headers=self._headers,
                data=self._archive,
                stream=True,
                timeout=(self._api.timeout, FIRST_SECONDS),
            )
        except _LOST as error:
            self._lost(error)
        if not response.ok:
            with response:
                self._refused(response)
        self._response = response
        link = socket_of(response)
        link.settimeout(None)
        if self._session is not None:
            self._session.on_loss(lambda: _shut(link))
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel it, unless it is over."""
        response, self._response = self._response, None
        if response is not None:
            with suppress(AttributeError):  # nothing is left to be closed
                _shut(socket_of(response))
            response.close()

    def __iter__(self) -> Iterator[Event]:
        """What happens, as it happens.

        Raises BuildFailedError, EngineLostError, and what a tree of the session raised when a file was
        opened or read.
        """
        for message in self._messages():
            error = message.get("error")
            if error:
                self._failed(str(error))
            aux = message.get("aux")
            if message.get("id") == "moby.buildkit.trace":
                yield from decode_status(base64.b64decode(str(aux)))
            elif isinstance(aux, dict) and "ID" in aux:
                self.image_id = str(aux["ID"])
            elif "stream" in message:
                yield from self._classic.decode(str(message["stream"]))
        yield from self._classic.end()

    def _messages(self) -> Iterator[Mapping[str, Any]]:
        if self._response is None:
            raise RuntimeError("the build is not running")
        lines = self._response.iter_lines()
        while True:
            try:
                line = next(lines, None)
                if line is None:
                    break
                message = json.loads(line) if line else {}
            except _LOST as error:
                self._lost(error)
            yield message
        if self._session is not None:
            self._session.raise_error()

    def _refused(self, response: requests.Response) -> NoReturn:
        said = reason_of(response)
        is_missing = any(sign in said.lower() for sign in _NO_SUCH_BUILDER)
        if is_missing or response.status_code in _NO_SUCH_PATH:
            raise BuilderMissingError(f"the engine does not build so (HTTP {response.status_code}): {said}")
        self._failed(said)

    def _failed(self, said: str) -> NoReturn:
        """What went wrong on our side comes first: the engine's text is only its echo."""
        if self._session is not None:
            self._session.raise_error()
        raise BuildFailedError(_PREFIXES.sub("", said.strip()))

    def _lost(self, error: Exception) -> NoReturn:
        if self._session is not None:
            self._session.raise_error()
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise EngineLostError(f"the engine went away while it built: {first}") from error


def _shut(link: socket.socket) -> None:
    """End a connection under whoever is reading from it."""
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)
