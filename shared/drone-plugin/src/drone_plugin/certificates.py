"""Whom to trust: the machine's certificate authorities and a private one, for every client alike."""

from __future__ import annotations

import importlib.util
import os
import ssl
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drone_plugin.environment import isolate
from drone_plugin.errors import PluginError, SettingsError
from drone_plugin.files import is_inside
from drone_plugin.settings import Settings, setting
from drone_plugin.surroundings import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.environment import Environment

BEGIN: Final = "-----BEGIN CERTIFICATE-----"
LARGEST: Final = 2**20
"""Bytes of a file of certificates; the machine's own bundle is about 0.2 MB."""
GIVEN: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables that replace the system's bundle, the first that is set and leads out of the workspace."""
SYSTEM: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # BSD
)
_HINT = "give the text of a PEM file (from_secret, or a block), or a path outside of the workspace"


class NetworkSettings(Settings):
    """The settings of a plugin that talks to servers which a private authority may vouch for."""

    ca_certificates: str = setting(
        "",
        "Certificate authorities to trust beside the system's: their PEM text, or the path of a file outside "
        "of the workspace.",
        example="/etc/company/ca.pem",
        pin=True,
    )


@dataclass(frozen=True)
class Trust:
    """The authorities that a step trusts, as one file."""

    bundle: Path

    @property
    def variables(self) -> dict[str, str]:
        """What tells git, curl, requests and OpenSSL to use it."""
        names = ("GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
        return dict.fromkeys(names, str(self.bundle))

    def set_for_libraries(self) -> None:
        """Make client libraries in this process use it: they read it from the environment alone."""
        isolate(self.variables, prefixes=())


@contextmanager
def open_trust(ca_certificates: str, environment: Environment, workspace: Path) -> Iterator[Trust]:
    """The machine's authorities and those of `ca_certificates` (PEM text or a path), for a block.

    The machine's are the file that `GIVEN` names, else the system's bundle, else certifi's. A file of the
    workspace is never one: the commit that is built must not choose who vouches for the servers that get the
    step's credentials. Raises SettingsError for what cannot be read as certificates.
    """
    base = _base(environment, workspace)
    if not ca_certificates.strip():
        yield Trust(base)
        return
    own = _certificates(ca_certificates, workspace)
    with tempfile.TemporaryDirectory(prefix="trust-", dir=scratch_folder(workspace)) as folder:
        bundle = Path(folder) / "ca.pem"
        bundle.write_bytes(base.read_bytes() + b"\n" + own.encode() + b"\n")
        yield Trust(bundle)


def _base(environment: Environment, workspace: Path) -> Path:
    given = (environment.get(name, "") for name in GIVEN)
    for path in (*(path for path in given if path and not is_inside(path, workspace)), *SYSTEM):
        if os.path.isabs(path) and Path(path).is_file():  # noqa: PTH117 - a string of the environment
            return Path(path)
    found = importlib.util.find_spec("certifi")
    if found is None or found.origin is None:
        raise PluginError("this image has no certificate authorities: install ca-certificates or certifi")
    return Path(found.origin).with_name("cacert.pem")


def _certificates(text: str, workspace: Path) -> str:
    pem = text if "-----BEGIN" in text or "\n" in text.strip() else _read(text.strip(), workspace)
    if "PRIVATE KEY" in pem:
        raise SettingsError(
            "settings.ca_certificates: holds a private key, which belongs nowhere in a pipeline"
        )
    if BEGIN not in pem:
        raise SettingsError(f"settings.ca_certificates: has no line {BEGIN!r}", hint=_HINT)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise SettingsError(
            "settings.ca_certificates: is no sound PEM text", hint="in a secret, keep the ends of its lines"
        ) from None
    return pem


def _read(path: str, workspace: Path) -> str:
    if is_inside(path, workspace):
        raise SettingsError(
            f"settings.ca_certificates: {path} is in the workspace, where the commit that is built decides",
            hint=_HINT,
        )
    try:
        # A pipe would never end, a device neither.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode) or os.fstat(descriptor).st_size > LARGEST:
                raise SettingsError(
                    f"settings.ca_certificates: {path} is no file of certificates", hint=_HINT
                )
            return file.read(LARGEST).decode("ascii", "replace")
    except OSError as error:
        raise SettingsError(
            f"settings.ca_certificates: {path} cannot be read: {error.strerror}", hint=_HINT
        ) from None
