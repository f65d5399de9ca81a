"""Gitea and Forgejo (API v1).

Written after Gitea's own source (`routers/api/v1/repo/issue_comment.go`) and tested against a server that
behaves as it says; it has not run against a real Gitea.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from drone_plugin.credential import Credential
from drone_plugin.forge import Api, Found, User
from drone_plugin.forge_issues import IssueForge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.http import Session
    from drone_plugin.report import Target

_HINT = "report_token needs the scopes write:repository, write:issue and read:user"


def credential(url: str, token: str) -> Credential:
    """The token, as every version of Gitea takes it."""
    return Credential(url, {"Authorization": f"token {token}"})


class Gitea(IssueForge):
    """One pull request on Gitea, and the status of its commit; a commit by itself has no comments there."""

    def __init__(self, session: Session, url: str, target: Target) -> None:
        """`session` has the credential."""
        super().__init__(Api(session, f"{url}/api/v1", _HINT), target)

    def own_comments(self) -> Iterator[Found]:
        """The token owner's. Gitea lets whoever may write in a repository change anybody's comments."""
        me = self._me
        for user, found in self._all_comments():
            if user.id == me.id:
                yield found

    @cached_property
    def _me(self) -> User:
        return self._api.read("/user", "the token's owner", User)
