"""The two builders of a Docker engine, by its API: neither needs a docker command on the machine."""

import json
from dataclasses import dataclass, field
from typing import Literal, TypedDict

import docker
from requests import Response

from kit.errors import KitError

Builder = Literal["classic", "buildkit"]
VERSIONS: dict[Builder, str] = {"classic": "1", "buildkit": "2"}


@dataclass(frozen=True)
class Build:
    """What to build: a context as a tar, the Dockerfile in it, the name of the result."""

    archive: bytes
    dockerfile: str
    tag: str
    arguments: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    platform: str | None = None


class _Message(TypedDict, total=False):
    stream: str
    error: str


def build(client: docker.DockerClient, asked: Build, *, builder: Builder = "classic") -> None:
    """Build an image without giving the build a network.

    The docker package knows only the classic builder, so the request is made by hand, for both alike.
    BuildKit needs no session for it as long as the base is on the engine already.

    Raises:
        KitError: the build failed; the message holds the end of its output.
    """
    api = client.api
    parameters: dict[str, str] = {
        "version": VERSIONS[builder],
        "t": asked.tag,
        "dockerfile": asked.dockerfile,
        "buildargs": json.dumps(asked.arguments),
        "labels": json.dumps(asked.labels),
        "networkmode": "none",
        "rm": "1",
        "forcerm": "1",  # a failed classic build would leave its container
    }
    if asked.platform:
        parameters["platform"] = asked.platform
    response: Response = api.post(
        f"{api.base_url}/v{api.api_version}/build",
        params=parameters,
        headers={"Content-Type": "application/x-tar"},
        data=asked.archive,
        stream=True,
        timeout=None,
    )
    with response:
        _follow(response, asked.tag)


def _follow(response: Response, tag: str) -> None:
    if not response.ok:
        raise KitError(f"the engine refuses to build {tag}: {response.text[:500]}")
    output: list[str] = []
    for line in response.iter_lines():
        message: _Message = json.loads(line)
        output.append(message.get("stream", ""))
        if "error" in message:
            tail = "\n".join("".join(output).splitlines()[-20:])
            raise KitError(f"building {tag} failed: {message['error']}\n{tail}")
