"""A private certificate authority, and a server's certificate from it, made by the `openssl` program."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

_EXTENSIONS = "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Authority:
    """A certificate authority that nobody knows, and a server on this machine that it vouches for."""

    certificate: Path
    server_certificate: Path
    server_key: Path

    @property
    def pem(self) -> str:
        """The authority's certificate."""
        return self.certificate.read_text("ascii")

    def server_context(self) -> ssl.SSLContext:
        """What a TLS server on 127.0.0.1 or localhost needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_certificate, self.server_key)
        return context


def make_authority(folder: Path) -> Authority:
    """Make both in `folder`, valid for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("ca.pem", "ca.key", "server.pem", "server.key", "server.csr", "server.ext")
    ca, ca_key, server, server_key, request, extensions = (folder / name for name in names)
    extensions.write_text(_EXTENSIONS, "ascii")
    days = ("-days", "1")
    _openssl("req", "-x509", *_KEY, *days, "-subj", "/CN=Test Authority", "-keyout", ca_key, "-out", ca)
    _openssl("req", *_KEY, "-subj", "/CN=127.0.0.1", "-keyout", server_key, "-out", request)
    issue = ("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", *days)
    _openssl(*issue, "-extfile", extensions, "-out", server)
    return Authority(ca, server, server_key)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
