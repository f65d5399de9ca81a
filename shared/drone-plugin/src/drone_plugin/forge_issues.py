"""What GitHub and Gitea have in common: a pull request is an issue, and its comments are the issue's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from drone_plugin.forge import Found, User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.forge import Api
    from drone_plugin.report import Status, Target
    from drone_plugin.report_text import State

_STATES: Final[dict[State, str]] = {
    "running": "pending",
    "success": "success",
    "failure": "failure",
    "error": "error",
}


class IssueComment(BaseModel):
    """A comment as these forges describe it."""

    id: int
    body: str | None = None
    user: User | None = None
    """None where the account is no more."""


class IssueForge:
    """Statuses and comments; whose comments are ours, each forge says for itself."""

    def __init__(self, api: Api, target: Target) -> None:
        """Comments go to the pull request, else to the commit."""
        repo = f"/repos/{target.repo}"
        self._api = api
        self._statuses = f"{repo}/statuses/{target.sha}"
        self._comments = f"{repo}/commits/{target.sha}/comments"
        self._comment = f"{repo}/comments"
        if target.pull_request:
            self._comments = f"{repo}/issues/{target.pull_request}/comments"
            self._comment = f"{repo}/issues/comments"

    def set_status(self, status: Status) -> None:
        """Set the commit's status."""
        content = {
            "state": _STATES[status.state],
            "context": status.context,
            "description": status.description,
            **({"target_url": status.link} if status.link else {}),
        }
        self._api.send("POST", self._statuses, "the status", content)

    def create(self, body: str) -> None:
        """Write a comment."""
        self._api.send("POST", self._comments, "the comment", {"body": body})

    def update(self, found: Found, body: str) -> bool:
        """Change a comment; False when it is not there any more."""
        return self._api.change("PATCH", found.path, "the comment", {"body": body})

    def delete(self, found: Found) -> None:
        """Delete a comment, if it is still there."""
        self._api.change("DELETE", found.path, "to delete a second comment")

    def _all_comments(self) -> Iterator[tuple[User, Found]]:
        for comment in self._api.pages(self._comments, "the comments", list[IssueComment]):
            if comment.user:
                found = Found(f"{self._comment}/{comment.id}", comment.id, comment.body or "")
                yield comment.user, found
