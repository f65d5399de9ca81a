"""The plugin images, `drone-ml/<plugin>:dev`: built only when something that goes into them changed."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass

import docker
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from kit.builders import Build, Builder, build
from kit.console import phase
from kit.context import context_archive, source_digest
from kit.engine import Engine
from kit.paths import plugin_names
from kit.wheelhouse import fill_wheelhouse, target_of

INPUTS_LABEL = "drone-ml.inputs"


@dataclass(frozen=True)
class BuiltImage:
    """A plugin's image on the engine; `size` is in bytes, uncompressed, with its base."""

    plugin: str
    name: str
    id: str
    size: int


def build_images(engine: Engine, base: str) -> dict[str, BuiltImage]:
    """Every plugin's image on this base, by plugin.

    Raises:
        KitError: a build failed, or its wheels could not be fetched.
    """
    return {plugin: build_image(engine, base, plugin) for plugin in plugin_names()}


def build_image(
    engine: Engine,
    base: str,
    plugin: str,
    *,
    name: str | None = None,
    builder: Builder = "classic",
    labels: dict[str, str] | None = None,
    platform: str | None = None,
) -> BuiltImage:
    """One plugin's image; nothing is sent to the engine when it has the image of these very inputs.

    Raises:
        KitError: as for all of them.
    """
    client = engine.client()
    name = name or f"drone-ml/{plugin}:dev"
    inputs = _inputs_key(client, base, plugin, builder, labels or {})
    found = _find(client, name)
    if found is None or found.labels.get(INPUTS_LABEL) != inputs:
        wheels = fill_wheelhouse(plugin, target_of(client, base, platform))
        asked = Build(
            archive=context_archive(plugin, wheels),
            dockerfile=f"plugins/{plugin}/Dockerfile",
            tag=name,
            arguments={"BASE": base},
            labels={INPUTS_LABEL: inputs, **(labels or {})},
            platform=platform,
        )
        with phase(f"Building {name}"):
            build(client, asked, builder=builder)
        if found:
            _forget(client, found)
        found = client.images.get(name)
    return BuiltImage(plugin, name, str(found.id), int(found.attrs["Size"]))


def _find(client: docker.DockerClient, name: str) -> Image | None:
    with suppress(ImageNotFound):
        return client.images.get(name)
    return None


def _forget(client: docker.DockerClient, image: Image) -> None:
    """Remove what lost its name to a newer build, unless it has another one or still runs somewhere."""
    with suppress(APIError):
        image.reload()
        if not image.tags:
            client.images.remove(str(image.id))


def _inputs_key(
    client: docker.DockerClient, base: str, plugin: str, builder: Builder, labels: dict[str, str]
) -> str:
    parts = [source_digest(plugin), str(client.images.get(base).id), builder, repr(sorted(labels.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
