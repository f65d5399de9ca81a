"""Publish every plugin: one image per processor, and an index over them under the tags of a release."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kit.base_image import ensure_base_image, ensure_foreign_base
from kit.console import phase, say
from kit.engine import Engine
from kit.errors import KitError
from kit.images import build_image
from kit.paths import plugin_names
from kit.registry_client import Credentials, Descriptor, RegistryClient

VERSION = re.compile(r"v?(?P<major>\d+)\.(?P<minor>\d+)\.(?P<patch>\d+)(?P<pre>-[0-9A-Za-z.-]+)?")
HOST = re.compile(r"([\w-]+\.[\w.-]+|[\w.-]+:\d+|localhost)(/|$)")  # as the engine tells a host from a name
EMULATORS = {"amd64": "qemu-x86_64", "arm64": "qemu-aarch64"}
BINFMT = Path("/proc/sys/fs/binfmt_misc")


@dataclass(frozen=True)
class Published:
    """An image index in a registry."""

    repository: str
    tags: tuple[str, ...]
    digest: str
    architectures: tuple[str, ...]

    def __str__(self) -> str:
        """With the digest to pin it by."""
        return f"{self.repository}@{self.digest}  {', '.join(self.tags)}  ({', '.join(self.architectures)})"


@dataclass(frozen=True)
class Release:
    """Where to publish, as what, and what the images say of their origin.

    `namespace` is `HOST[:PORT]/PATH`; `source` is the address of the repository and `revision` the commit,
    both empty where unknown.
    """

    namespace: str
    version: str
    source: str = ""
    revision: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """The labels that a development image lacks; nothing in them changes with the time of the build."""
        known = {"version": tags_of(self.version)[0], "source": self.source, "revision": self.revision}
        return {f"org.opencontainers.image.{key}": value for key, value in known.items() if value}


def publish(engine: Engine, release: Release, credentials: Credentials | None = None) -> Iterator[Published]:
    """Build and push every plugin for every processor that this machine can build for.

    Raises:
        KitError: not a version, a build failed, or the registry refused.
    """
    tags_of(release.version)  # refused before anything is built
    if not HOST.match(release.namespace):
        raise KitError(f"{release.namespace!r} names no registry; write REGISTRY=host/name")
    own, *emulated = buildable(str(engine.client().version()["Arch"]))
    bases = {own: ensure_base_image(engine)}
    bases |= {architecture: ensure_foreign_base(engine, architecture) for architecture in emulated}
    for plugin in plugin_names():
        yield publish_plugin(engine, release, plugin, bases, credentials)


def tags_of(version: str) -> tuple[str, ...]:
    """`1.2.3`, `1.2` and `1`; of a pre-release only its own: nobody gets one by asking for `1`.

    Raises:
        KitError: not a semantic version.
    """
    found = VERSION.fullmatch(version)
    if found is None:
        raise KitError(f"{version!r} is no version; write VERSION=1.2.3")
    if found["pre"]:
        return (version.removeprefix("v"),)
    major, minor, patch = found["major"], found["minor"], found["patch"]
    return (f"{major}.{minor}.{patch}", f"{major}.{minor}", major)


def buildable(own: str, emulators: Path = BINFMT) -> tuple[str, ...]:
    """The processors to build for, the engine's own first; says which other one has no emulator here."""
    foreign = [name for name in EMULATORS if name != own]
    emulated = [name for name in foreign if (emulators / EMULATORS[name]).exists()]
    say(f"building for {', '.join([own, *emulated])}")
    for name in foreign:
        if name not in emulated:
            say(f"not for {name}: no {EMULATORS[name]} is registered (Debian, Ubuntu: qemu-user-static)")
    return (own, *emulated)


def publish_plugin(
    engine: Engine, release: Release, plugin: str, bases: dict[str, str], credentials: Credentials | None
) -> Published:
    """Build and push one plugin on the base of each processor; the tags move last, when all is there.

    Raises:
        KitError: as for all of them.
    """
    address, _, path = f"{release.namespace.rstrip('/')}/{plugin}".partition("/")
    registry = RegistryClient(address, credentials)
    tags = tags_of(release.version)
    manifests: list[Descriptor] = []
    for architecture, base in bases.items():
        tag = f"{tags[0]}-{architecture}"
        build_image(
            engine,
            base,
            plugin,
            name=f"{address}/{path}:{tag}",
            labels=release.labels,
            platform=f"linux/{architecture}",
        )
        with phase(f"Pushing {address}/{path}:{tag}"):
            pushed = _push(engine, registry, path, tag)
        manifests.append({**pushed, "platform": {"architecture": architecture, "os": "linux"}})
    (digest,) = {registry.put_index(path, tag, manifests) for tag in tags}
    return Published(f"{address}/{path}", tags, digest, tuple(bases))


def _push(engine: Engine, registry: RegistryClient, path: str, tag: str) -> Descriptor:
    login = registry.credentials
    events = engine.client().images.push(
        f"{registry.address}/{path}",
        tag=tag,
        auth_config={"username": login.username, "password": login.password} if login else None,
        stream=True,
        decode=True,
    )
    for event in events:
        if "error" in event:
            raise KitError(f"pushing {registry.address}/{path}:{tag} failed: {event['error']}")
    pushed = registry.manifest(path, tag)
    if pushed is None:
        raise KitError(f"{registry.address} has no {path}:{tag} although it was pushed")
    return {"mediaType": pushed.media_type, "digest": pushed.digest, "size": pushed.size}
