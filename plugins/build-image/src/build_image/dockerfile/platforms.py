"""Variables of the platform, which FROM may name without an ARG."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "i686": "386"}
"""As the kernel and as images name them (containerd `platforms`)."""


def own_platform() -> str:
    """The platform of this machine, as images name it."""
    machine = os.uname().machine
    return f"linux/{_ARCHITECTURES.get(machine, machine)}"


def platform_args(platform: str, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """BUILDPLATFORM, TARGETARCH and the like; `given` are build arguments, which come before them.

    `platform` is `os/architecture` or `os/architecture/variant`. Without it, it is this machine's: of an
    engine on another kind of machine the caller has to say so.
    """
    for prefix, name in (("BUILD", own_platform()), ("TARGET", platform or own_platform())):
        system, _, rest = name.partition("/")
        architecture, _, variant = rest.partition("/")
        parts = {"PLATFORM": name, "OS": system, "ARCH": architecture, "VARIANT": variant, "OSVERSION": ""}
        for part, value in parts.items():
            yield f"{prefix}{part}", given.get(f"{prefix}{part}", value)
