"""Which image the training runs in: from the hand-over file or the settings, and resolved at the registry."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from databricks_train.reason import reason
from drone_plugin import RefusedError, SettingsError, UnreachableError
from model_chain import read_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from databricks_train.settings import TrainSettings
    from drone_plugin import Step

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ADDRESS = re.compile(r"[\d.]+|.*:.*")
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
TIMEOUT = 30
"""Seconds that a registry may take for one answer."""

MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
"""Without all of them a registry converts the manifest, which gives another digest."""


@dataclass(frozen=True)
class Name:
    """An image's name in its parts; `reference` is a tag or a digest."""

    registry: str
    path: str
    reference: str

    @property
    def repository(self) -> str:
        """Registry and path."""
        return f"{self.registry}/{self.path}"


@dataclass(frozen=True)
class Login:
    """Who reads at the registry; `auth_host` may have the password, too."""

    username: str
    password: str = field(repr=False)
    auth_host: str = ""


def resolve_image(step: Step[TrainSettings]) -> str:
    """The image as `repository@sha256:…`, existing at its registry at this moment.

    Raises HandoverError for a bad hand-over file, SettingsError for an image outside of `image_repo` or one
    that does not exist, RefusedError and UnreachableError as the registry answers.
    """
    settings = step.settings
    record = None if settings.image else read_image(step.workspace, step.build)
    wanted = settings.image or (record.reference if record else "")
    source = "settings.image" if settings.image else ".drone-ml/image.json"
    name, allowed = parse_name(wanted), parse_name(settings.image_repo)
    if name.repository != allowed.repository:
        raise SettingsError(f"{source}: {wanted} is not in image_repo, which is {settings.image_repo}")
    scheme = "http" if settings.insecure_registry else "https"
    password = settings.registry_password.get_secret_value()
    login = Login(settings.registry_username, password, settings.registry_auth_host)
    digest = registry_digest(scheme, name, login if login.username else None)
    if _DIGEST.fullmatch(name.reference) and digest != name.reference:
        raise SettingsError(f"{source}: the registry has {digest} under {wanted}")
    return f"{settings.image_repo}@{digest}"


def parse_name(text: str) -> Name:
    """Split an image's name as Docker does: no registry means Docker Hub, no tag means latest."""
    rest, at, digest = text.partition("@")
    first, slash, remainder = rest.partition("/")
    named = slash and (re.search("[.:A-Z]", first) or first == "localhost")
    registry, path = (first, remainder) if named else ("docker.io", rest)
    registry = "docker.io" if registry == "index.docker.io" else registry
    path, colon, tag = path.partition(":")
    if registry == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return Name(registry, path, digest if at else tag if colon else "latest")


def registry_digest(scheme: str, name: Name, login: Login | None) -> str:
    """The digest under which the registry keeps the manifest (a HEAD of the distribution API)."""
    host = "registry-1.docker.io" if name.registry == "docker.io" else name.registry
    url = f"{scheme}://{host}/v2/{name.path}/manifests/{name.reference}"
    try:
        answer = _head(url, login)
    except requests.RequestException as error:
        hint = "check image_repo, and that steps reach it"
        if isinstance(error, requests.exceptions.SSLError):
            hint = "for a registry without TLS set insecure_registry: true"
        raise UnreachableError(
            f"registry {name.registry} does not answer: {reason(error)}", hint=hint
        ) from None
    what = f"{name.repository}{'@' if ':' in name.reference else ':'}{name.reference}"
    if answer.status_code in {401, 403}:
        raise RefusedError(
            f"registry {name.registry} refuses to show {what} ({answer.status_code})",
            hint="check registry_username and registry_password",
        )
    if answer.status_code == requests.codes.not_found:
        raise SettingsError(
            f"registry {name.registry} has no {what}", hint="was it pushed, and not cleaned up?"
        )
    digest = answer.headers.get("Docker-Content-Digest", "")
    if not answer.ok or not _DIGEST.fullmatch(digest):
        raise UnreachableError(
            f"registry {name.registry} answers {answer.status_code} for {what}, without a digest"
        )
    return digest


def _head(url: str, login: Login | None) -> requests.Response:
    """HEAD with basic or bearer authentication, whichever the registry asks for.

    The session reads no `.netrc` and no login from the environment: credentials go where the settings say.
    """
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Accept"] = MANIFEST_TYPES
        answer = session.head(url, timeout=TIMEOUT)
        if answer.status_code != requests.codes.unauthorized:
            return answer
        kind, _, parameters = answer.headers.get("WWW-Authenticate", "").partition(" ")
        if kind.lower() == "bearer":
            challenge = dict(_CHALLENGE.findall(parameters))
            token = _token(session, urlsplit(url).hostname or "", challenge, login)
            return session.head(url, timeout=TIMEOUT, headers={"Authorization": f"Bearer {token}"})
        if login is None:
            return answer
        return session.head(url, timeout=TIMEOUT, auth=(login.username, login.password))


def _token(
    session: requests.Session, registry: str, challenge: Mapping[str, str], login: Login | None
) -> str:
    """A token from the realm that the registry names, or nothing."""
    realm = challenge.get("realm", "")
    if login and not may_have_login(realm, registry, login.auth_host):
        raise RefusedError(
            f"registry {registry} wants the login at {realm}, which is no TLS address of its own domain",
            hint=f"if that is right, write registry_auth_host: {urlsplit(realm).hostname or '…'}",
        )
    asked = {name: challenge[name] for name in ("service", "scope") if name in challenge}
    auth = (login.username, login.password) if login else None
    answer = session.get(realm, params=asked, auth=auth, timeout=TIMEOUT)
    body = answer.json() if answer.ok else {}
    token = (body.get("token") or body.get("access_token")) if isinstance(body, dict) else ""
    return str(token or "")


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
