"""What an engine's error means for the user: whose fault it is, and whether a retry may help."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
from docker.errors import APIError, DockerException
from urllib3.exceptions import HTTPError

from drone_plugin import JobFailedError, PluginError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK_LOGIN = "check username, password and repo, and that the user may push there"
CHECK_BASE = (
    "base images are pulled with the login of repo's registry alone: check FROM, username and password"
)

_REFUSED = re.compile(
    r"unauthorized|denied|authentication required|no basic auth|forbidden|incorrect username", re.IGNORECASE
)
_UNREACHABLE = re.compile(
    r"connection refused|no such host|timeout|timed out|deadline exceeded|unreachable|\bEOF\b|reset by peer"
    r"|server error|toomanyrequests|too many requests|\b50[0234]\b|no route to host|server misbehaving"
    r"|HTTP response to",
    re.IGNORECASE,
)
# The instructions for which the engine asks another host: a base image, or an image that is copied from.
_REMOTE = re.compile(r"FROM\s|\S+\s.*--from=", re.IGNORECASE)
_OF_THE_DOCKERFILE = re.compile(r"COPY failed|ADD failed|.*returned a non-zero code")


@contextmanager
def in_our_words(what: str, hint: str) -> Iterator[None]:
    """Turn every error of docker-py, and of the libraries below it, into one of the suite's.

    In the middle of a stream docker-py lets urllib3's errors through.
    """
    try:
        yield
    except APIError as error:
        text = str(getattr(error, "explanation", None) or error)
        if error.status_code == requests.codes.bad_request:
            raise JobFailedError(f"{what} failed: {text}") from None
        raise classified(what, text, hint) from None
    except (DockerException, requests.RequestException, HTTPError, OSError) as error:
        raise UnreachableError(f"{what} failed, the Docker engine went away: {first_line(error)}") from None


def classified(what: str, text: str, hint: str) -> PluginError:
    """The error that `text`, which may be another host's, stands for; `hint` is for a refusal."""
    message = f"{what} failed: {text.strip()}"
    if _REFUSED.search(text):
        return RefusedError(message, hint=hint)
    if _UNREACHABLE.search(text):
        return UnreachableError(message)
    return JobFailedError(message)


def failed_build(instruction: str, text: str) -> PluginError:
    """The error of a build that ended in `instruction`, empty before the first.

    Whatever a RUN or COPY step says, of its own network too, is the Dockerfile's failure.
    """
    at = f" at {instruction}" if instruction else ""
    if not _REMOTE.match(instruction) or _OF_THE_DOCKERFILE.match(text):
        return JobFailedError(f"the Dockerfile failed{at}: {text.strip()}")
    return classified(f"the build{at}", text, CHECK_BASE)


def first_line(error: Exception) -> str:
    """An error in one line."""
    return (str(error).splitlines() or [type(error).__name__])[0]
