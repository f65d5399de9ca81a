"""What a build is asked for, in the parameters of the engine's API.

Source: moby api/swagger.yaml (`ImageBuild`) and builder/builder-next/builder.go for what BuildKit makes
of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Destination:
    """Where the result goes instead of the engine's images: such as `image` with `push`, to a registry."""

    type: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """What to build, beside its context. Empty values leave the choice to the engine."""

    tags: tuple[str, ...] = ()
    """`repository:tag`, all of them on the one image."""
    dockerfile: str = "Dockerfile"
    """Its name in the tree `dockerfile`, or in the archive."""
    target: str = ""
    build_args: Mapping[str, str] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    network: str = ""
    """`host` or `none`; the classic builder also takes the name of a network."""
    platform: str = ""
    """`linux/amd64`."""
    cache_from: tuple[str, ...] = ()
    """Images whose layers may be taken."""
    extra_hosts: tuple[str, ...] = ()
    """`name:address` each."""
    pull: bool = False
    """Ask for a newer base image, even if the engine has it."""
    no_cache: bool = False
    output: Destination | None = None

    def parameters(self) -> list[tuple[str, str]]:
        """The parameters of `POST /build`, some of them several times."""
        return list(self._parameters())

    def _parameters(self) -> Iterator[tuple[str, str]]:
        yield "dockerfile", self.dockerfile
        yield from (("t", tag) for tag in self.tags)
        yield from (("extrahosts", host) for host in self.extra_hosts)
        texts = {"target": self.target, "networkmode": self.network, "platform": self.platform}
        yield from ((name, text) for name, text in texts.items() if text)
        yield from (
            (name, "1") for name, is_set in {"pull": self.pull, "nocache": self.no_cache}.items() if is_set
        )
        tables = {
            "buildargs": dict(self.build_args),
            "labels": dict(self.labels),
            "cachefrom": list(self.cache_from),
        }
        yield from ((name, json.dumps(table)) for name, table in tables.items() if table)
        if self.output:
            yield "outputs", json.dumps([{"Type": self.output.type, "Attrs": dict(self.output.attributes)}])
