"""What every client of a container registry has to know (OCI distribution API)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from drone_plugin.images import DOCKER_HUB

MANIFEST_TYPES: Final = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
"""What to accept: without all of them a registry converts the manifest, which gives another digest."""
DOCKER_HUB_SERVER: Final = f"registry-1.{DOCKER_HUB}"

_ADDRESS: Final = re.compile(r"[\d.]+|.*:.*")


@dataclass(frozen=True)
class Login:
    """Who asks a registry; `auth_host` may have the password, too."""

    username: str
    password: str = field(repr=False)
    auth_host: str = ""


def server_of(registry: str) -> str:
    """The host that answers for a registry: Docker Hub's has another name than its images."""
    return DOCKER_HUB_SERVER if registry == DOCKER_HUB else registry


def may_have_login(realm: str, registry: str, auth_host: str) -> bool:
    """Whether the password may go to `realm`: by TLS, to the registry's own domain or to `auth_host`.

    Docker Hub asks for it at another host of its domain (auth.docker.io), others at the domain itself
    (gitlab.com for registry.gitlab.com). Any further host is the registry's word alone.
    """
    place = urlsplit(realm)
    host = place.hostname or ""
    above = registry.partition(".")[2]
    domain = above if "." in above and not _ADDRESS.fullmatch(registry) else registry
    own = host in {registry, domain} or host.endswith(f".{domain}")
    return place.scheme == "https" and bool(host) and (own or host == auth_host)
