"""What can go wrong between this client and an engine. The texts are for the build's log."""

from __future__ import annotations


class BuildKitError(Exception):
    """The base of all of them."""


class SessionRefusedError(BuildKitError):
    """What answers opens no session: a proxy that lets some paths through only, or an old engine."""

    def __init__(self, status: int, reason: str) -> None:
        """`status` of HTTP, and what the answer said."""
        said = f": {reason}" if reason else ""
        super().__init__(f"the engine opens no session (HTTP {status} for POST /session{said})")
        self.status = status


class EngineLostError(BuildKitError):
    """The engine went away, or says nothing any more, before the build was over."""


class ChangedFileError(BuildKitError):
    """A file was not, while it was sent, what it was when the tree was looked at."""


class BuildFailedError(BuildKitError):
    """The engine ended the build; the message is the engine's."""


class BuilderMissingError(BuildKitError):
    """The engine has no BuildKit, or does not let it be used."""
