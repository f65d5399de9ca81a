"""Names of container images, split and checked as Docker does it (distribution `reference`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from drone_plugin.kinds import Kind

DOCKER_HUB = "docker.io"
_LONGEST_NAME = 255
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::[0-9]+)?",
    re.ASCII | re.IGNORECASE,
)
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ImageName:
    """An image's name in its parts; `tag` and `digest` are empty where the name has none."""

    registry: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def repository(self) -> str:
        """Registry and path, in full: `docker.io/library/python`."""
        return f"{self.registry}/{self.path}"

    @property
    def reference(self) -> str:
        """What an engine would pull: the digest, else the tag, else `latest`."""
        return self.digest or self.tag or "latest"


def parse_image(text: str) -> ImageName:
    """Split `registry/path:tag@digest`. Without a registry the image is Docker Hub's, as for the engine.

    Raises ValueError, whose message fits after the quoted text.
    """
    rest, at, digest = text.partition("@")
    first, slash, remainder = rest.partition("/")
    named = bool(slash) and (bool(re.search(r"[.:\[A-Z]", first)) or first == "localhost")
    registry, path = (first, remainder) if named else (DOCKER_HUB, rest)
    path, colon, tag = path.partition(":")
    good = (
        len(registry) + len(path) < _LONGEST_NAME
        and _HOST.fullmatch(registry)
        and _PATH.fullmatch(path)
        and (named or not _ID.fullmatch(path))
        and (not colon or _TAG.fullmatch(tag))
        and (not at or _DIGEST.fullmatch(digest))
    )
    if not good:
        raise ValueError("is not an image; write registry/name:tag in lower case, without scheme")
    registry = DOCKER_HUB if registry == f"index.{DOCKER_HUB}" else registry
    official = registry == DOCKER_HUB and "/" not in path
    return ImageName(registry, f"library/{path}" if official else path, tag, digest)


def _image(text: str) -> str:
    if text:
        parse_image(text)
    return text


def _repository(text: str) -> str:
    try:
        name = parse_image(text) if text else None
    except ValueError:
        name = ImageName("", "", tag="bad")
    if name and (name.tag or name.digest):
        raise ValueError("is not a repository; write registry/name in lower case, without scheme and tag")
    return text


def _tag(text: str) -> str:
    if not _TAG.fullmatch(text):
        raise ValueError("is not a tag; letters, digits and `_.-` make one, 128 at the most")
    return text


ImageReference = Annotated[str, AfterValidator(_image), Kind("image", "images")]
"""An image with or without tag and digest, as text; `parse_image` splits it. Empty is unset."""

ImageRepository = Annotated[str, AfterValidator(_repository), Kind("image repository", "image repositories")]
"""Where images are: registry and path, without a tag. Empty is unset."""

ImageTag = Annotated[str, AfterValidator(_tag), Kind("tag", "tags")]
"""One tag of an image."""
