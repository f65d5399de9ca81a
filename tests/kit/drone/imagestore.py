"""Which image of the engine a step runs in."""

from collections.abc import Mapping
from contextlib import suppress

import docker
from docker.errors import ImageNotFound

EMPTY_IMAGE = "drone-ml-empty:local"
_EMPTY_TAR = b"\0" * 10240


def available(client: docker.DockerClient, name: str, pull: str, images: Mapping[str, str]) -> str:
    """The image to run: the local one that stands for the name, else the name itself, pulled as asked.

    By default an image is pulled when it is missing, and `latest` always, which fails without a registry.

    Raises:
        DockerException: it cannot be had.
    """
    if name in images:
        return images[name]
    latest = name.endswith(":latest") or ":" not in name.rsplit("/", 1)[-1]
    if pull == "always" or (not pull and latest):
        client.images.pull(*_repository_and_tag(name))
        return name
    try:
        client.images.get(name)
    except ImageNotFound:
        if pull == "never":
            raise
        client.images.pull(*_repository_and_tag(name))
    return name


def empty_image(client: docker.DockerClient) -> str:
    """An image without anything in it, for containers that only hold a volume; made when it is missing."""
    with suppress(ImageNotFound):
        client.images.get(EMPTY_IMAGE)
        return EMPTY_IMAGE
    repository, _, tag = EMPTY_IMAGE.partition(":")
    client.api.import_image_from_data(_EMPTY_TAR, repository=repository, tag=tag)
    return EMPTY_IMAGE


def _repository_and_tag(name: str) -> tuple[str, str]:
    last = name.rsplit("/", 1)[-1]
    if "@" in last or ":" not in last:
        return name, "" if "@" in last else "latest"
    repository, _, tag = name.rpartition(":")
    return repository, tag
