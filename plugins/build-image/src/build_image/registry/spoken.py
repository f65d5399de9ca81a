"""What a broken connection means, in words, and whether it is worth another attempt."""

from __future__ import annotations

import ssl
from http.client import BadStatusLine, HTTPException, IncompleteRead, InvalidURL, RemoteDisconnected
from typing import Final

from build_image.registry.connections import ProxyFailedError

Failure = OSError | HTTPException | ValueError

CHECK_ADDRESS: Final = "check the address, and that steps of this runner reach it"
CHECK_PROXY: Final = "check https_proxy and no_proxy of the runner"
NAME_AUTHORITY: Final = "if a private authority issued it, name that in ca_certificates"
INSECURE: Final = "for a registry without TLS set insecure: true"
NOT_INSECURE: Final = "it speaks TLS: leave `insecure` out"

_PLAIN: Final = "WRONG_VERSION_NUMBER"
_FIXED: Final = (
    (TimeoutError, "does not answer in time"),
    (ValueError, "names an address that is none"),
    (InvalidURL, "names an address that is none"),
    (RemoteDisconnected, "closed the connection without an answer"),
    (IncompleteRead, "broke off its answer"),
)


def is_final(failure: Failure) -> bool:
    """Whether the next attempt would fail likewise: a certificate, an address, a server without TLS."""
    if isinstance(failure, ssl.SSLError):
        return isinstance(failure, ssl.SSLCertVerificationError) or failure.reason == _PLAIN
    return isinstance(failure, ValueError | InvalidURL) or _is_no_http(failure)


def spoken(failure: Failure) -> tuple[str, str]:
    """What happened, to be read after the server's name, and what to do."""
    if isinstance(failure, ssl.SSLError):
        return _spoken_of_tls(failure)
    if isinstance(failure, ProxyFailedError):
        return f"cannot be reached through the proxy: {_reason(failure)}", CHECK_PROXY
    if _is_no_http(failure):
        return "does not answer in HTTP", NOT_INSECURE
    fixed = next((words for kind, words in _FIXED if isinstance(failure, kind)), "")
    return fixed or f"does not answer: {_reason(failure)}", CHECK_ADDRESS


def _spoken_of_tls(failure: ssl.SSLError) -> tuple[str, str]:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted here: {failure.verify_message}", NAME_AUTHORITY
    hint = INSECURE if failure.reason == _PLAIN else CHECK_ADDRESS
    return f"does not speak TLS with us: {_reason(failure)}", hint


def _is_no_http(failure: Failure) -> bool:
    return isinstance(failure, BadStatusLine) and not isinstance(failure, RemoteDisconnected)


def _reason(failure: Failure) -> str:
    """What the system said, without numbers and file names: `Connection refused`."""
    if isinstance(failure, ssl.SSLError) and failure.reason:
        return failure.reason.lower().replace("_", " ")
    said = failure.strerror if isinstance(failure, OSError) else ""
    return said or str(failure).partition("\n")[0] or type(failure).__name__
