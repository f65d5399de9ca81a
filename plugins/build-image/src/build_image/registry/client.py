"""A registry's verbs for manifests: resolve a name, read a manifest, put it under another name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from build_image.registry.authorization import Authorization
from build_image.registry.http import Answer, Door, Request
from build_image.registry.refusals import ImmutableTagError, is_immutable_tag, refusal, said
from drone_plugin.credential import origin
from drone_plugin.errors import JobFailedError, PluginError, RefusedError, UnreachableError
from drone_plugin.registries import MANIFEST_TYPES, server_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drone_plugin.proxies import Proxies
    from drone_plugin.registries import Login
    from drone_plugin.waiting import Retry, Waiting

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_OK, _UNAUTHORIZED, _NOT_FOUND, _NO_HEAD = 200, 401, 404, 405


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Content by its digest; `size` in bytes."""

    media_type: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest's very bytes, whose sha256 is its digest."""

    data: bytes = field(repr=False)
    media_type: str

    @property
    def digest(self) -> str:
        """As `sha256:` and 64 hexadecimal digits."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"


class Registry:
    """A registry at `HOST[:PORT]` (`docker.io` is Docker Hub), asked with one login or with none.

    Methods raise RefusedError, for what another attempt would not change, and UnreachableError.
    """

    def __init__(
        self,
        host: str,
        *,
        bundle: Path | None = None,
        login: Login | None = None,
        insecure: bool = False,
        proxies: Proxies | None = None,
        retry: Retry | None = None,
        waiting: Waiting | None = None,
        learn: Callable[[str], object] = str,
    ) -> None:
        """`bundle` is a file of authorities; `insecure` means plain HTTP, and past every proxy.

        `learn` is told every token before it is used: for the redactor.
        """
        self.host = host
        self._base = f"{'http' if insecure else 'https'}://{server_of(host)}/v2/"
        self._who = f"registry {host}"
        names = {origin(self._base): self._who}
        self._door = Door(bundle, proxies=proxies, retry=retry, waiting=waiting, names=names)
        self._authorization = Authorization(self._door, self._base, login, learn)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._door.close()

    def resolve(self, repository: str, reference: str) -> Descriptor | None:
        """What a tag or digest names, without its content; None where the registry has no such thing.

        A refused login is never taken for a missing image.
        """
        what = f"reading {_name(repository, reference)}"
        answer = self._ask("HEAD", f"{repository}/manifests/{reference}", _pull(repository))
        digest, size = answer.header("Docker-Content-Digest"), answer.header("Content-Length")
        if answer.status == _NOT_FOUND:
            return None
        if answer.status not in {_OK, _NO_HEAD}:
            raise self._refusal(answer, what)
        if answer.status == _NO_HEAD or not _DIGEST.fullmatch(digest) or not size.isdecimal():
            found = self.manifest(repository, reference)
            return Descriptor(found.media_type, found.digest, len(found.data)) if found else None
        self._expect(repository, reference, digest)
        return Descriptor(_media_type(answer), digest, int(size))

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest of a tag or digest, None where there is none.

        Raises JobFailedError where its bytes are not what was asked for, or not what the registry says.
        """
        answer = self._ask("GET", f"{repository}/manifests/{reference}", _pull(repository))
        if answer.status == _NOT_FOUND:
            return None
        if answer.status != _OK:
            raise self._refusal(answer, f"reading {_name(repository, reference)}")
        found = Manifest(answer.body, _media_type(answer))
        said_digest = answer.header("Docker-Content-Digest")
        if said_digest and said_digest != found.digest:
            raise JobFailedError(
                f"{self._who} says that {_name(repository, reference)} is {said_digest}, "
                f"but its manifest is {found.digest}",
                hint="something between the registry and this step changes what it sends",
            )
        self._expect(repository, reference, found.digest)
        return found

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> None:
        """Store a manifest under a tag or its digest; what it refers to must be in the repository.

        Raises ImmutableTagError where the tag is taken for ever, JobFailedError where the registry confirms
        another digest.
        """
        name = _name(repository, reference)
        headers = {"Content-Type": manifest.media_type}
        path = f"{repository}/manifests/{reference}"
        answer = self._ask("PUT", path, _push(repository), headers, manifest.data)
        if answer.status == _NOT_FOUND:
            words = self._said(answer)
            raise RefusedError(
                f"{self._who} has no repository {repository} to put {reference} into: {words}",
                hint="create it first: not every registry does so on a push",
            )
        if not _OK <= answer.status < 300:  # noqa: PLR2004 - HTTP's successes
            words = self._said(answer)
            if is_immutable_tag(answer, words):
                raise ImmutableTagError(
                    f"{self._who} lets nobody move the tag {reference} of {repository}: {words}",
                    hint="choose a tag that no image has yet, or let tags change in the registry's settings",
                )
            raise self._refusal(answer, f"the manifest of {name}")
        confirmed = answer.header("Docker-Content-Digest")
        if confirmed and confirmed != manifest.digest:
            raise self._moved(repository, reference, confirmed, manifest.digest)

    def tag(self, repository: str, tag: str, manifest: Manifest) -> None:
        """Make a tag name a manifest; one that is immutable and does so already is as good."""
        try:
            self.put_manifest(repository, tag, manifest)
        except ImmutableTagError:
            held = self.resolve(repository, tag)
            if held is None or held.digest != manifest.digest:
                raise

    def confirm(self, repository: str, reference: str, digest: str) -> None:
        """Raise JobFailedError unless the registry has `digest` behind the name."""
        found = self.resolve(repository, reference)
        if found is None or found.digest != digest:
            raise self._moved(repository, reference, found.digest if found else "not there", digest)

    def _ask(
        self, method: str, path: str, scope: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """The answer to a request with what the registry wants to know of us; a 401 is tried once more."""
        used = self._authorization.header(scope)
        sent = {"Accept": MANIFEST_TYPES, **(headers or {}), **({"Authorization": used} if used else {})}
        answer = self._door.send(Request(method, f"{self._base}{path}", sent, body))
        if answer.status != _UNAUTHORIZED or not self._authorization.renew(answer, scope, used):
            return answer
        sent["Authorization"] = self._authorization.header(scope)
        return self._door.send(Request(method, f"{self._base}{path}", sent, body))

    def _said(self, answer: Answer) -> str:
        return self._authorization.clean(said(answer))

    def _refusal(self, answer: Answer, what: str) -> PluginError:
        now, has_login = self._door.waiting.now(), self._authorization.has_login
        return refusal(answer, self._who, what, self._said(answer), now, has_login=has_login)

    def _expect(self, repository: str, reference: str, digest: str) -> None:
        if _DIGEST.fullmatch(reference) and digest != reference:
            raise UnreachableError(f"{self._who} answers with {digest} for {repository}@{reference}")

    def _moved(self, repository: str, reference: str, found: str, pushed: str) -> JobFailedError:
        return JobFailedError(
            f"{self.host}/{_name(repository, reference)} is {found} at the registry, but {pushed} was pushed",
            hint="another build pushes the same tag at the same time; run this one again",
        )


def _name(repository: str, reference: str) -> str:
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"


def _pull(repository: str) -> str:
    return f"repository:{repository}:pull"


def _push(repository: str) -> str:
    return f"repository:{repository}:pull,push"


def _media_type(answer: Answer) -> str:
    return answer.header("Content-Type").partition(";")[0].strip()
