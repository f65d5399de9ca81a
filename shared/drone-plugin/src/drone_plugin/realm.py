"""Which server a registry may name for its logins."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_ADDRESS: Final = re.compile(r"[\d.]+|.*:.*")


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
