"""A real registry, on every address of the machine, for as long as a block."""

import ctypes
import json
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from kit import debian
from kit.address import free_port, host_name
from kit.errors import KitError
from kit.paths import TOOLS
from kit.registry_client import Credentials, Manifest, RegistryClient
from kit.server import http_status, serving

PROGRAM = "docker-registry"
BCRYPT_SALT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Registry:
    """A registry at `HOSTNAME:PORT`, for the host, the engine and (with `--add-host`) every container.

    Without `storage` it forgets everything at the end; with `credentials` it refuses any other login.
    """

    def __init__(
        self, storage: Path | None = None, *, port: int = 0, credentials: Credentials | None = None
    ) -> None:
        self._storage = storage
        self._credentials = credentials
        self.port = port or free_port()
        self.address = f"{host_name()}:{self.port}"
        self.client = RegistryClient(self.address, credentials)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="registry-")))
            configuration = folder / "config.json"
            configuration.write_text(json.dumps(self._configuration(folder)), encoding="utf-8")
            url = f"http://127.0.0.1:{self.port}/v2/"
            server = serving(
                [str(registry_program()), "serve", str(configuration)],
                log=folder / "log",
                is_ready=lambda: http_status(url) is not None,
            )
            stack.enter_context(server)
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and remove what it stored in a folder of its own."""
        self._running.close()

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest that a tag names, None where there is no such tag."""
        return self.client.digest(repository, reference)

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest of a tag or digest, None where there is none."""
        return self.client.manifest(repository, reference)

    def _configuration(self, folder: Path) -> dict[str, object]:
        storage = self._storage or folder / "storage"
        storage.mkdir(parents=True, exist_ok=True)
        configuration: dict[str, object] = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(storage)}, "delete": {"enabled": True}},
            "http": {"addr": f"0.0.0.0:{self.port}"},
        }
        if self._credentials:
            accounts = folder / "htpasswd"
            hashed = _bcrypt(self._credentials.password)
            accounts.write_text(f"{self._credentials.username}:{hashed}\n", encoding="utf-8")
            configuration["auth"] = {"htpasswd": {"realm": "test", "path": str(accounts)}}
        return configuration


def registry_program() -> Path:
    """The registry's program: installed, or taken out of the distribution's package.

    The package itself is not installed: it would start a service on port 5000 of every address.

    Raises:
        KitError: no program, and no distribution that has it.
    """
    installed = shutil.which(PROGRAM)
    if installed:
        return Path(installed)
    if not debian.is_debian():
        raise KitError(f"no `{PROGRAM}` on PATH: install CNCF Distribution's registry under that name")
    return debian.fetch_program(PROGRAM, f"usr/bin/{PROGRAM}", TOOLS / PROGRAM)


def _bcrypt(password: str) -> str:
    """The only hash that the registry takes, from the C library of every Debian; Python itself has none."""
    salt = "$2b$05$" + "".join(secrets.choice(BCRYPT_SALT) for _ in range(22))
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    hashed: bytes | None = crypt(password.encode(), salt.encode())
    if hashed is None or not hashed.startswith(b"$2b$"):
        raise KitError("this system's libcrypt has no bcrypt")
    return hashed.decode()
