"""GitHub, github.com and Enterprise (REST API, version 2022-11-28)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from drone_plugin.credential import Credential
from drone_plugin.errors import RefusedError
from drone_plugin.forge import Api, Found, User
from drone_plugin.forge_issues import IssueForge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.http import Session
    from drone_plugin.report import Target

_HINT = (
    "report_token must be allowed to write commit statuses, and for the comment pull requests and contents "
    "(classic tokens: repo)"
)
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def api_url(url: str) -> str:
    """Where the API of the GitHub at `url` is."""
    host = urlsplit(url).netloc
    if host in {"github.com", "api.github.com"}:
        return "https://api.github.com"
    return f"https://api.{host.removeprefix('api.')}" if host.endswith(".ghe.com") else f"{url}/api/v3"


def credential(url: str, token: str) -> Credential:
    """The token, as GitHub wants it."""
    return Credential.bearer(api_url(url), token)


class GitHub(IssueForge):
    """One commit or pull request on GitHub."""

    def __init__(self, session: Session, url: str, target: Target) -> None:
        """`session` has the credential."""
        super().__init__(Api(session, api_url(url), _HINT, _HEADERS), target)

    def own_comments(self) -> Iterator[Found]:
        """The token owner's, or apps' where the token is an app's: nobody else can write as a `Bot`.

        GitHub lets whoever may write in a repository change anybody's comments.
        """
        me = self._me
        for user, found in self._all_comments():
            if user.id == me.id if me else user.type == "Bot":
                yield found

    @cached_property
    def _me(self) -> User | None:
        """The token's owner; none for a token of an app, which may not ask (403)."""
        try:
            return self._api.read("/user", "the token's owner", User)
        except RefusedError:
            return None
