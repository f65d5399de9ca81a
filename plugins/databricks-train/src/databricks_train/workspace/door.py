"""Requests to a workspace that are made again as long as that makes sense, on a clock that is handed in."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from databricks_train.workspace.errors import ApiFailureError, in_words
from drone_plugin.waiting import Retry, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from databricks_train.job.body import Body
    from databricks_train.workspace.auth import Login
    from databricks_train.workspace.client import Client

FIRST_SECONDS: Final = 10.0
"""How long a workspace that never answered yet is asked: a wrong host should be told at once."""

RETRY_SECONDS: Final = 60.0
"""How long one that did answer is asked again, for a request that is not a poll."""

THROTTLED: Final = 429
THROTTLED_SECONDS: Final = 600.0
"""How long one that is there, and says when to come back, is asked again."""

READ_SECONDS: Final = 30.0
"""How long one that did answer may be silent."""

Query = dict[str, str | int | bool]


class Door:
    """One workspace, seen through one login.

    A request is repeated whatever its method: what is sent through here is either a question, or carries an
    idempotency token, or does the same when it is done twice.
    """

    def __init__(self, client: Client, login: Login, waiting: Waiting | None = None) -> None:
        self._client, self._login = client, login
        self._waiting = waiting or Waiting()
        self._answered = False

    @property
    def host(self) -> str:
        """The address of the workspace."""
        return self._client.host

    def get(
        self, path: str, what: str, query: Query | None = None, *, patience: float = RETRY_SECONDS
    ) -> dict[str, JsonValue]:
        """Ask a question. `what` it is about, in the user's words; `patience` in seconds, 0 for one attempt.

        Raises OutageError when there is no answer in time, RefusedError, GoneError for a run that is not
        there, SettingsError for anything else that Databricks does not accept.
        """
        return self.send("GET", path, what, query=query, patience=patience)

    def post(
        self, path: str, what: str, body: Body, *, patience: float = RETRY_SECONDS
    ) -> dict[str, JsonValue]:
        """As `get`, for a request that does something."""
        return self.send("POST", path, what, body=body, patience=patience)

    def pages(
        self,
        path: str,
        what: str,
        query: Query,
        *,
        patience: float = RETRY_SECONDS,
        seconds: float = READ_SECONDS,
    ) -> Iterator[Body]:
        """All pages of an answer, each with patience and seconds of its own."""
        token = ""
        while True:
            asked: Query = {**query, "page_token": token} if token else query
            page = self.send("GET", path, what, query=asked, patience=patience, seconds=seconds)
            yield page
            following = page.get("next_page_token")
            if not following or following == token:
                return
            token = str(following)

    def send(
        self,
        method: str,
        path: str,
        what: str,
        *,
        query: Query | None = None,
        body: Body | None = None,
        patience: float = RETRY_SECONDS,
        seconds: float = READ_SECONDS,
    ) -> dict[str, JsonValue]:
        """As `get`; the server may be silent for `seconds`."""
        clock, renewed = self._waiting.clock, False
        begun = clock.monotonic()
        for attempt in itertools.count(1):
            known = self._answered
            try:
                answer = self._client.ask(
                    method,
                    path,
                    query=query,
                    body=body,
                    seconds=seconds if known else min(seconds, FIRST_SECONDS),
                )
            except ApiFailureError as failure:
                self._answered = known = known or failure.sort == "answer"
                if failure.lost_login and not renewed and self._login.renew():
                    renewed = True
                    continue
                limit = patience if known else min(patience, FIRST_SECONDS)
                pause = self._pause(failure, attempt, begun, limit)
                if pause is None:
                    raise in_words(failure, self.host, what, self._login.hint) from None
                clock.sleep(pause)
            else:
                self._answered = True
                return answer
        raise AssertionError  # the loop has no end of its own

    def _pause(self, failure: ApiFailureError, attempt: int, begun: float, patience: float) -> float | None:
        """Seconds until the next attempt; None when there is none to be made."""
        if not failure.passing:
            return None
        # Those who were told the same should not come back together.
        asked = failure.pause + self._waiting.chance() if failure.pause else 0.0
        pause = asked or self._waiting.pause(_STEPS, attempt, "")
        if failure.status == THROTTLED and patience:
            patience = THROTTLED_SECONDS
        return pause if self._waiting.clock.monotonic() - begun + pause < patience else None


_STEPS: Final = Retry(first=1.0, longest=10.0)
