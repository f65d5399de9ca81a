"""What a registry's answer means for the user: whose fault it is, and whether a retry may help."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from build_image.registry.http import NOT_NOW
from build_image.registry.spoken import NOT_INSECURE
from drone_plugin.clock import spell_duration
from drone_plugin.errors import PluginError, RefusedError, UnreachableError
from drone_plugin.waiting import asked_pause

if TYPE_CHECKING:
    from build_image.registry.http import Answer

LONGEST_SAID: Final = 300
"""Characters of a registry's own words that are repeated."""

_SERVER_ERROR: Final = 500
_TLS_WANTED: Final = b"HTTP request to an HTTPS server"  # Go's net/http, before it has read any request
_IMMUTABLE: Final = re.compile(
    r"immutab|already exists|cannot be (overwritten|updated)|cannot update tag|overwrit\w+ .*not allowed"
    r"|operation is disallowed",  # Azure, for a locked tag
    re.IGNORECASE,
)
_IMMUTABLE_CODES: Final = frozenset({400, 403, 405, 409, 412})
"""Amazon answers 400, Google and Quay 403 or 409, Azure 405, Harbor 412."""


class ImmutableTagError(RefusedError):
    """The registry keeps the tag for the image that it names."""


def refusal(answer: Answer, who: str, what: str, said: str, now: float, *, has_login: bool) -> PluginError:
    """The error for an answer that is no success; `what` was asked of the registry `who`, it `said` why."""
    if answer.status in NOT_NOW or answer.status >= _SERVER_ERROR:
        pause = asked_pause(answer.header("Retry-After"), now)
        hint = f"it asks to wait {spell_duration(pause)}" if pause else "try again later"
        return UnreachableError(f"{who} cannot answer for {what} now: {said}{answer.tried}", hint=hint)
    if _TLS_WANTED in answer.body:
        return UnreachableError(f"{who} does not answer in plain HTTP", hint=NOT_INSECURE)
    return RefusedError(f"{who} refuses {what}: {said}", hint=_hint(answer.status, has_login=has_login))


def is_immutable_tag(answer: Answer, said: str) -> bool:
    """Whether a manifest was refused because its tag is taken for ever."""
    return answer.status in _IMMUTABLE_CODES and bool(_IMMUTABLE.search(said))


def said(answer: Answer) -> str:
    """The status, and the registry's own words in one line: `403 DENIED: requested access is denied`."""
    words = " ".join(_words(answer.body).split())
    shown = "".join(character for character in words if character.isprintable())
    cut = f"{shown[:LONGEST_SAID]}…" if len(shown) > LONGEST_SAID else shown
    return f"{answer.status} {cut}".rstrip()


def _words(body: bytes) -> str:
    """The first of the errors in a body as the specification has it; nothing of another body, as of HTML."""
    try:
        read: object = json.loads(body)
    except ValueError:
        return ""
    errors = read.get("errors") if isinstance(read, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return ""
    return ": ".join(str(first[name]) for name in ("code", "message") if first.get(name))


def _hint(status: int, *, has_login: bool) -> str:
    if status in {401, 403} and not has_login:
        return "it wants a login: set username and password"
    if status == 401:  # noqa: PLR2004 - HTTP's own number
        return "check username and password"
    if status == 403:  # noqa: PLR2004 - as above
        return "check what the login may do at this repository"
    return ""
