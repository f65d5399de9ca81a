"""What a report needs of a forge, and the door to its API. Needs the extra `drone-plugin[http]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from drone_plugin.credential import origin
from drone_plugin.errors import RefusedError, UnreachableError
from drone_plugin.http import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import requests

    from drone_plugin.http import Session
    from drone_plugin.report import Status

T = TypeVar("T")

PER_PAGE: Final = 100
"""The most that GitHub and GitLab give at once; Gitea gives what it likes."""
PAGES: Final = 30
_GONE: Final = frozenset({404, 410})


@dataclass(frozen=True)
class Found:
    """A comment that the token's owner wrote."""

    path: str
    """Where the API changes it."""
    order: int
    """Its number: later ones have larger ones."""
    body: str


class Forge(Protocol):
    """One commit or pull request on a forge. Each method raises RefusedError or UnreachableError."""

    def set_status(self, status: Status) -> None:
        """Set the commit's status."""

    def own_comments(self) -> Iterator[Found]:
        """The comments of the token's owner. Whoever may write here may write our mark, too."""

    def create(self, body: str) -> None:
        """Write a comment."""

    def update(self, found: Found, body: str) -> bool:
        """Change a comment; False when it is not there any more."""

    def delete(self, found: Found) -> None:
        """Delete a comment, if it is still there."""


class User(BaseModel):
    """Whom a token belongs to, or who wrote a comment."""

    id: int
    type: str = ""
    """On GitHub `Bot` for an app."""


class Api:
    """Requests to the API at `base`, and their answers as values."""

    def __init__(
        self, session: Session, base: str, hint: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """`hint` says what a token must be allowed to do."""
        self._session = session
        self._base = base
        self._hint = hint
        self._headers = headers or {}

    def call(
        self, method: str, path: str, what: str, content: Mapping[str, str] | None = None
    ) -> requests.Response:
        """The answer to a request for `what`; 404, 410 and 400 are left to the caller."""
        # A redirect would turn a POST into a GET.
        answer = self._session.request(
            method, self._base + path, json=content, headers=self._headers, allow_redirects=False
        )
        return check(answer, what, hint=self._hint)

    def send(self, method: str, path: str, what: str, content: Mapping[str, str]) -> requests.Response:
        """As `call`, where only success will do."""
        return self.good(self.call(method, path, what, content), what)

    def read(self, path: str, what: str, shape: type[T]) -> T:
        """What is at `path`."""
        return parsed(self.good(self.call("GET", path, what), what), shape)

    def pages(self, path: str, what: str, shape: type[list[T]]) -> Iterator[T]:
        """Every item of a list that may come in pages.

        The number of the next page is ours: an address from the answer could lead elsewhere.
        """
        mark = "&" if "?" in path else "?"
        for page in range(1, PAGES + 1):
            answer = self.call("GET", f"{path}{mark}per_page={PER_PAGE}&page={page}", what)
            yield from parsed(self.good(answer, what), shape)
            if "next" not in answer.links:
                return

    def change(self, method: str, path: str, what: str, content: Mapping[str, str] | None = None) -> bool:
        """Change or delete what is at `path`; False when it is gone."""
        answer = self.call(method, path, what, content)
        if answer.status_code in _GONE:
            return False
        self.good(answer, what)
        return True

    def good(self, answer: requests.Response, what: str) -> requests.Response:
        """The answer, if it means success."""
        if answer.ok and not answer.is_redirect:
            return answer
        host, code = origin(answer.url), answer.status_code
        if answer.is_redirect:
            raise RefusedError(f"{host} sends us elsewhere for {what} ({code})", hint="check report_url")
        hint = self._hint if code in _GONE else ""
        raise RefusedError(f"{host} does not take {what} ({code}: {reason_in(answer)})", hint=hint)


def parsed(answer: requests.Response, shape: type[T]) -> T:
    """The JSON of an answer."""
    try:
        return TypeAdapter(shape).validate_json(answer.content)
    except ValidationError:
        raise UnreachableError(
            f"{origin(answer.url)} does not answer as the API of a forge does",
            hint="check report_url and report_forge",
        ) from None


def reason_in(answer: requests.Response) -> str:
    """What the forge says is wrong, in one line. Mask it before it is cut: some quote what they were sent."""
    return " ".join(answer.text.split())
