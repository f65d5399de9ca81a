"""A small image with something to train, pushed to a registry."""

import io
import tarfile
from contextlib import suppress
from pathlib import Path

from docker.errors import ImageNotFound

from kit.builders import Build, build
from kit.engine import Engine
from kit.errors import KitError
from kit.registry import Registry

SOURCE = Path(__file__).with_name("image")
REPOSITORY = "drone-ml-tiny"


def push_tiny_image(engine: Engine, base: str, registry: Registry, tag: str = "1") -> str:
    """Build it on `base`, push it; returns the name by which hosts and engine know it.

    Raises:
        KitError: it cannot be built or pushed.
    """
    client = engine.client()
    name = f"{registry.address}/{REPOSITORY}:{tag}"
    build(client, Build(_context(), "Dockerfile", name, {"BASE": base}))
    errors = [step for step in client.api.push(name, stream=True, decode=True) if "error" in step]
    if errors:
        raise KitError(f"cannot push {name}: {errors[0]['error']}")
    return name


def forget_images(engine: Engine, registry: Registry) -> None:
    """Take the names of a registry that is going away from the engine; unshared layers go with them."""
    client = engine.client()
    for image in client.api.images():  # images.list() asks for each again: one may be gone by then
        for name in [*(image["RepoTags"] or []), *(image["RepoDigests"] or [])]:
            if name.startswith(f"{registry.address}/"):
                with suppress(ImageNotFound):  # a digest goes with the last tag of its repository
                    client.images.remove(name)


def _context() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for file in sorted(SOURCE.iterdir()):
            if file.is_file():
                tar.add(file, file.name)
    return packed.getvalue()
