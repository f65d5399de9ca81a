"""GitLab, gitlab.com and self-managed (REST API v4)."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

from pydantic import BaseModel, Field

from drone_plugin.credential import Credential
from drone_plugin.forge import Api, Found, User, reason_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.http import Session
    from drone_plugin.report import Status, Target
    from drone_plugin.report_text import State

_STATES: Final[dict[State, str]] = {
    "running": "running",  # a status that is `pending` does not become `success` in every version
    "success": "success",
    "failure": "failed",
    "error": "failed",
}
_HINT = "report_token needs the scope api, and the role Developer in the project"
_BAD_REQUEST = 400


class _Note(BaseModel):
    id: int
    body: str
    author: User


class _Discussion(BaseModel):
    id: str
    notes: Annotated[list[_Note], Field(min_length=1)]


def credential(url: str, token: str) -> Credential:
    """The token, in the form that is right for access tokens of all kinds."""
    return Credential.bearer(url, token)


class GitLab:
    """One commit or merge request on GitLab.

    On a commit, only the notes of discussions can be changed; on a merge request a discussion would be one
    more thread to resolve before the merge, so there it is a plain note.
    """

    def __init__(self, session: Session, url: str, target: Target) -> None:
        """`session` has the credential. The status is the commit's in the project that the build is of."""
        self._api = Api(session, f"{url}/api/v4", _HINT)
        project = f"/projects/{quote(target.repo, safe='')}"
        self._statuses = f"{project}/statuses/{target.sha}"
        self._discussions = f"{project}/repository/commits/{target.sha}/discussions"
        self._notes = ""
        if target.pull_request:
            self._notes = f"{project}/merge_requests/{target.pull_request}/notes"

    def set_status(self, status: Status) -> None:
        """Set the commit's status. GitLab refuses to set one that is so already, which is as good."""
        state = _STATES[status.state]
        content = {
            "state": state,
            "name": status.context,
            "description": status.description,
            **({"target_url": status.link} if status.link else {}),
        }
        answer = self._api.call("POST", self._statuses, "the status", content)
        already = re.search(rf"Cannot transition status via :\w+ from :{state}\b", reason_in(answer))
        if not (answer.status_code == _BAD_REQUEST and already):
            self._api.good(answer, "the status")

    def own_comments(self) -> Iterator[Found]:
        """The token owner's."""
        me = self._me
        for place, note in self._all_notes():
            if note.author.id == me.id:
                yield Found(f"{place}/{note.id}", note.id, note.body)

    def create(self, body: str) -> None:
        """Write a comment."""
        self._api.send("POST", self._notes or self._discussions, "the comment", {"body": body})

    def update(self, found: Found, body: str) -> bool:
        """Change a comment; False when it is not there any more."""
        return self._api.change("PUT", found.path, "the comment", {"body": body})

    def delete(self, found: Found) -> None:
        """Delete a comment, if it is still there."""
        self._api.change("DELETE", found.path, "to delete a second comment")

    def _all_notes(self) -> Iterator[tuple[str, _Note]]:
        """The notes that stand for themselves, each with the place where it is changed."""
        if self._notes:
            for note in self._api.pages(f"{self._notes}?sort=asc", "the comments", list[_Note]):
                yield self._notes, note
            return
        for discussion in self._api.pages(self._discussions, "the comments", list[_Discussion]):
            yield f"{self._discussions}/{quote(discussion.id, safe='')}/notes", discussion.notes[0]

    @cached_property
    def _me(self) -> User:
        return self._api.read("/user", "the token's owner", User)
