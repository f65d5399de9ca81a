"""The connection of a session: a request that the engine answers by an upgrade to HTTP/2.

Source: moby/buildkit session/manager.go (`HandleHTTPRequest`) and session/session.go for the headers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests
from urllib3 import HTTPHeaderDict

from build_image.buildkit.errors import SessionRefusedError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Mapping

    import docker

SWITCHING_PROTOCOLS: Final = 101

_PREFIX: Final = "X-Docker-Expose-Session-"
_MOST: Final = 64 * 1024


@dataclass(frozen=True)
class Upgraded:
    """A connection that speaks HTTP/2 from here on."""

    socket: socket.socket
    received: bytes
    """What the engine said right behind its answer, and was read together with it."""
    response: requests.Response
    """Keeps the connection from being closed as garbage."""


def open_session(api: docker.APIClient, identity: str, shared_key: str, methods: Iterable[str]) -> Upgraded:
    """Offer `methods` to the engine as session `identity`, over the client's own kind of connection.

    What the engine keeps of a tree is found again by `shared_key`. Raises SessionRefusedError where
    there are no sessions, and what requests raises where there is no engine.
    """
    named = {"Uuid": identity, "Name": "build-image", "Sharedkey": shared_key}
    headers = HTTPHeaderDict({"Connection": "Upgrade", "Upgrade": "h2c"})
    for name, value in named.items():
        headers.add(f"{_PREFIX}{name}", value)
    for method in methods:
        headers.add(f"{_PREFIX}Grpc-Method", method)
    response = _post(api, f"{api.base_url}/v{api.api_version}/session", headers)
    if response.status_code != SWITCHING_PROTOCOLS:
        with response:
            raise SessionRefusedError(response.status_code, reason_of(response))
    return _upgraded(response)


def _post(api: docker.APIClient, url: str, headers: HTTPHeaderDict) -> requests.Response:
    """POST with headers of which some have several values: requests keeps one, urllib3 sends all."""
    prepared = api.prepare_request(requests.Request("POST", url))
    for name, value in prepared.headers.items():
        headers.setdefault(name, value)
    headers.pop("Content-Length", None)
    prepared.headers = headers  # type: ignore[assignment] # a mapping, too, and the only one with repeated names
    settings: Mapping[str, Any] = api.merge_environment_settings(url, {}, True, None, None)  # noqa: FBT003 - its signature
    return api.send(prepared, timeout=api.timeout, allow_redirects=False, **settings)


def reason_of(response: requests.Response) -> str:
    """What an engine's refusal says, in one line."""
    try:
        text = response.json()["message"]
    except (requests.RequestException, ValueError, KeyError, TypeError):
        text = response.text
    return " ".join(str(text).split())[:200]


def socket_of(response: requests.Response) -> socket.socket:
    """The socket below a response that is not read to its end; there is no public way to it.

    docker-py goes the same one to attach to containers (`_get_raw_response_socket`).
    """
    link: socket.socket = _reader_of(response).raw._sock  # noqa: SLF001 - as said above
    return link


def _reader_of(response: requests.Response) -> Any:  # noqa: ANN401 - private to http.client, and untyped
    return response.raw._fp.fp  # type: ignore[union-attr] # noqa: SLF001 - as said above


def _upgraded(response: requests.Response) -> Upgraded:
    link = socket_of(response)
    link.settimeout(0)
    try:
        received = bytes(_reader_of(response).peek(_MOST))  # http.client may have read on
    except OSError:
        received = b""  # nothing more has arrived
    return Upgraded(link, received, response)
