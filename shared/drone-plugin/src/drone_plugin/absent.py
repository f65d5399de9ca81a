"""Why a setting that the YAML names can be empty all the same."""

from __future__ import annotations

from typing import Final

_EMPTY: Final = "set, but empty. If it comes from_secret: "
_WITHHELD: Final = "secrets are withheld from pull requests, unless they are exposed to them"
_MISSING: Final = (
    "no secret of that name reaches this build; see whether the repository or its organization has one"
)
_EITHER: Final = "no secret of that name reaches this build, or it is not exposed to pull requests"


def why_empty(event: str) -> str:
    """What to say of a setting that is there and empty, in a build of that event; it fits after a name.

    Drone leaves a secret empty that it does not have or does not hand out; it is the event that tells which.
    """
    if event.startswith("pull_request"):
        return _EMPTY + _WITHHELD
    return _EMPTY + (_MISSING if event else _EITHER)
