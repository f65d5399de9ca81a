"""What is said of a path that cannot be read."""

from __future__ import annotations

from drone_plugin import JobFailedError
from drone_plugin.scalars import quoted

_LONGEST = 200


def shown(path: str) -> str:
    """A path of the context as an error shows it."""
    return quoted(path, _LONGEST)


def unreadable(path: str, error: OSError) -> JobFailedError:
    """The error of a path of the context that the system does not give out."""
    reason = error.strerror or type(error).__name__
    return JobFailedError(
        f"the context cannot be read: {shown(path)}: {reason}",
        hint="name it in .dockerignore if the image does not need it",
    )


def changed(path: str) -> JobFailedError:
    """The error of a file that is not what it was when the context was planned."""
    return JobFailedError(
        f"the context changed while it was read: {shown(path)} is not what it was at the start of the build",
        hint="another step or service writes into the workspace at the same time",
    )
