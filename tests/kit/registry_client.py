"""The few requests of the registry protocol that tests and publishing need, on any registry."""

import json
import re
from dataclasses import dataclass
from typing import TypedDict, cast

import requests

from kit.address import is_loopback
from kit.errors import KitError

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
# Without the full list a registry may convert the manifest, and so answer with the digest of something else.
ACCEPTED_TYPES = (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_INDEX)
TIMEOUT = 60


class Platform(TypedDict):
    """What an image runs on, in the words of the OCI image index."""

    architecture: str
    os: str


class Descriptor(TypedDict, total=False):
    """A reference to content by digest, as manifests hold it."""

    mediaType: str
    digest: str
    size: int
    platform: Platform


class ManifestBody(TypedDict, total=False):
    """The parts of image manifests and image indexes that are read here."""

    schemaVersion: int
    mediaType: str
    config: Descriptor
    layers: list[Descriptor]
    manifests: list[Descriptor]


@dataclass(frozen=True)
class Credentials:
    """A registry login."""

    username: str
    password: str


@dataclass(frozen=True)
class Manifest:
    """What a tag or a digest names in a registry: `size` in bytes, `body` as the registry stores it."""

    digest: str
    media_type: str
    size: int
    body: ManifestBody


class RegistryClient:
    """A registry at `HOST[:PORT]`: plain HTTP on loopback, as the engine has it, HTTPS anywhere else."""

    def __init__(self, address: str, credentials: Credentials | None = None) -> None:
        self.address = address
        self.credentials = credentials
        scheme = "http" if is_loopback(address.rpartition(":")[0] or address) else "https"
        self._url = f"{scheme}://{address}/v2"

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest of a tag or digest, None where the registry has none.

        Raises:
            KitError: any other answer; a refused login is not a missing image.
        """
        response = self._request(
            "GET", repository, f"manifests/{reference}", headers={"Accept": ", ".join(ACCEPTED_TYPES)}
        )
        if response.status_code == requests.codes.not_found:
            return None
        _check(response)
        return Manifest(
            digest=response.headers["Docker-Content-Digest"],
            media_type=response.headers["Content-Type"],
            size=len(response.content),
            body=cast("ManifestBody", response.json()),
        )

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest that a tag names, None where the registry has no such tag."""
        found = self.manifest(repository, reference)
        return found.digest if found else None

    def put_index(self, repository: str, tag: str, manifests: list[Descriptor]) -> str:
        """Store an image index of manifests that the registry has under a tag, and return its digest.

        It is of the manifests' own family, as some clients refuse a mixture. The same manifests give the same
        bytes, so the same digest.
        """
        of_docker = all(manifest["mediaType"] == DOCKER_MANIFEST for manifest in manifests)
        media_type = DOCKER_INDEX if of_docker else OCI_INDEX
        body = {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}
        data = json.dumps(body, indent=2).encode()
        headers = {"Content-Type": media_type}
        response = self._request("PUT", repository, f"manifests/{tag}", headers=headers, data=data)
        _check(response)
        return response.headers["Docker-Content-Digest"]

    def _request(
        self, method: str, repository: str, path: str, *, headers: dict[str, str], data: bytes | None = None
    ) -> requests.Response:
        url = f"{self._url}/{repository}/{path}"
        with requests.Session() as session:
            session.trust_env = not self._url.startswith("http://")
            response = session.request(method, url, headers=headers, data=data, timeout=TIMEOUT)
            if response.status_code == requests.codes.unauthorized:
                login = self._login(session, response.headers.get("WWW-Authenticate", ""))
                headers = headers | login
                response = session.request(method, url, headers=headers, data=data, timeout=TIMEOUT)
            return response

    def _login(self, session: requests.Session, challenge: str) -> dict[str, str]:
        """The header that answers a challenge: a token from the registry's token server, else the login."""
        scheme, _, rest = challenge.partition(" ")
        login = (self.credentials.username, self.credentials.password) if self.credentials else None
        if scheme.lower() == "bearer":
            fields: dict[str, str] = dict(re.findall(r'(\w+)="([^"]*)"', rest))
            asked = {key: fields[key] for key in ("service", "scope") if key in fields}
            answer = session.get(fields["realm"], params=asked, auth=login, timeout=TIMEOUT)
            _check(answer)
            tokens = cast("dict[str, str]", answer.json())
            return {"Authorization": f"Bearer {tokens.get('token') or tokens['access_token']}"}
        if login is None:
            return {}
        prepared = requests.Request("GET", self._url, auth=login).prepare()
        return {"Authorization": prepared.headers["Authorization"]}


def _check(response: requests.Response) -> None:
    if not response.ok:
        url = response.url.partition("?")[0]
        raise KitError(f"{response.request.method} {url}: {response.status_code} {response.text[:300]}")
