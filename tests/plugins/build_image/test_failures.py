"""Whose fault an error is: the exit code follows from it."""

import pytest

from build_image.failures import classified, failed_build
from drone_plugin import JobFailedError, PluginError, RefusedError, UnreachableError


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("unauthorized: authentication required", RefusedError),
        ("denied: requested access to the resource is denied", RefusedError),
        ("no basic auth credentials", RefusedError),
        ("Get https://x/v2/: unauthorized: incorrect username or password", RefusedError),
        ("dial tcp 127.0.0.1:1: connect: connection refused", UnreachableError),
        ("dial tcp: lookup x on 10.0.0.2:53: no such host", UnreachableError),
        ("received unexpected HTTP status: 503 Service Unavailable", UnreachableError),
        ("toomanyrequests: You have reached your pull rate limit", UnreachableError),
        ("unexpected EOF", UnreachableError),
        ("server gave HTTP response to HTTPS client", UnreachableError),
        ("manifest unknown: geofence", JobFailedError),
        ("blob sha256:15030000 unknown", JobFailedError),
    ],
)
def test_the_text_of_a_registry_tells_whether_a_retry_may_help(text: str, kind: type[PluginError]) -> None:
    error = classified("the push", text, "check the login")
    assert type(error) is kind
    assert error.message == f"the push failed: {text}"
    assert error.hint == ("check the login" if kind is RefusedError else "")


@pytest.mark.parametrize(
    ("instruction", "text", "kind"),
    [
        ("FROM x/y:1", "pull access denied for x/y, repository does not exist", RefusedError),
        ("COPY --from=x/y:1 /a /b", "connection refused", UnreachableError),
        ("COPY --from=build /denied /b", "COPY failed: stat denied: file does not exist", JobFailedError),
        ("COPY timeout.py /", "COPY failed: stat timeout.py: file does not exist", JobFailedError),
        ("RUN curl x", "The command '/bin/sh -c curl x' returned a non-zero code: 6", JobFailedError),
        ("RUN denied", "failed to create shim: executable file not found", JobFailedError),
        ("", "failed to reach build target denied in Dockerfile", JobFailedError),
    ],
)
def test_only_an_image_from_elsewhere_can_be_refused_or_unreachable_in_a_build(
    instruction: str, text: str, kind: type[PluginError]
) -> None:
    error = failed_build(instruction, text)
    assert type(error) is kind
    assert instruction in error.message
    assert text in error.message
