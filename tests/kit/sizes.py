"""How large the plugin images are, on disk and on the wire."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import docker
from docker.models.images import Image

from kit.console import phase
from kit.engine import Engine
from kit.errors import KitError
from kit.images import BuiltImage
from kit.paths import STAMPS
from kit.registry import Registry

KEPT = STAMPS / "sizes.json"
MEGABYTE = 1_000_000
TABLE = re.compile(r"(<!-- image sizes -->\n).*?(<!-- /image sizes -->)", re.DOTALL)


@dataclass(frozen=True)
class Sizes:
    """Bytes of an image, and of what its plugin adds to the base."""

    plugin: str
    unpacked: int
    compressed: int
    added_unpacked: int
    added_compressed: int


def measure(engine: Engine, images: dict[str, BuiltImage], base: str) -> list[Sizes]:
    """Push the images to a registry that is thrown away: what it stores is what a runner has to pull.

    Compressing takes seconds, so the result is kept for as long as the images stay the same.
    """
    client = engine.client()
    base_image = client.images.get(base)
    key = " ".join([str(base_image.id), *(image.id for image in images.values())])
    if KEPT.exists():
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return [Sizes(**size) for size in kept["sizes"]]
    with Registry() as registry, phase("Measuring the images in a registry"):
        sizes = [_measure(client, registry, image, base_image) for image in images.values()]
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps({"key": key, "sizes": [asdict(size) for size in sizes]}), encoding="utf-8")
    return sizes


def table(sizes: list[Sizes], base: str) -> str:
    """The sizes as Markdown."""
    rows = [
        f"| `{size.plugin}` | {_mb(size.compressed)} | {_mb(size.unpacked)} | {_mb(size.added_compressed)} "
        f"| {_mb(size.added_unpacked)} |"
        for size in sizes
    ]
    return "\n".join(
        (
            f"| image, on `{base}` | compressed | unpacked | of that the plugin, compressed | unpacked |",
            "|---|---:|---:|---:|---:|",
            *rows,
            "",
        )
    )


def write_table(path: Path, text: str) -> bool:
    """Put the table between the file's `image sizes` comments; False when it has none.

    Written only when it differs, so that a fresh table leaves the file as it is.
    """
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after, found = TABLE.subn(lambda match: f"{match[1]}{text}{match[2]}", before)
    if found and after != before:
        path.write_text(after, encoding="utf-8")
    return bool(found)


def _measure(client: docker.DockerClient, registry: Registry, built: BuiltImage, base: Image) -> Sizes:
    image = client.images.get(built.id)
    repository = f"{registry.address}/{built.plugin}"
    image.tag(repository, "size")
    try:
        client.images.push(repository, tag="size")
    finally:
        client.images.remove(f"{repository}:size", noprune=True)
    manifest = registry.manifest(built.plugin, "size")
    if manifest is None:
        raise KitError(f"{built.plugin} did not arrive in the registry")
    layers = [layer["size"] for layer in manifest.body["layers"]]
    base_layers = len(base.attrs["RootFS"]["Layers"])
    return Sizes(
        plugin=built.plugin,
        unpacked=image.attrs["Size"],
        compressed=sum(layers),
        added_unpacked=image.attrs["Size"] - base.attrs["Size"],
        added_compressed=sum(layers[base_layers:]),
    )


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB"
