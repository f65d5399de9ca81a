"""Where to fetch from, and the login that the platform gives for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote, urlsplit

from drone_plugin.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from drone_plugin.environment import Environment

_SCRIPT = """\
#!/bin/sh
# Answers git's two questions for one place, from the environment; any other question gets no answer.
case "$1" in
"$LOGIN_ASKS_USERNAME") printf '%s\\n' "$LOGIN_USERNAME" ;;
"$LOGIN_ASKS_PASSWORD" | "$LOGIN_ASKS_PASSWORD_ENCODED") printf '%s\\n' "$LOGIN_PASSWORD" ;;
*) exit 1 ;;
esac
"""


@dataclass(frozen=True)
class Remote:
    """An address to fetch from: http or https, without a login."""

    url: str

    def __post_init__(self) -> None:
        """Raises SettingsError."""
        if not _is_sound(self.url):
            raise SettingsError("the repository's address is no http or https address without a login")

    @property
    def origin(self) -> str:
        """The address without its path, as git names it when it asks for a login."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def machine(self) -> str:
        """The host alone."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Login:
    """A user name and password for one machine. On GitHub, Gogs and Gitea the token is the user name."""

    machine: str
    username: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """The platform's own: DRONE_NETRC_*, or CI_NETRC_* on Woodpecker; nothing where there is none."""
        prefix = "DRONE_NETRC_" if environment.get("DRONE_NETRC_MACHINE") else "CI_NETRC_"
        return cls(*(environment.get(f"{prefix}{name}", "") for name in ("MACHINE", "USERNAME", "PASSWORD")))

    def is_for(self, remote: Remote) -> bool:
        """Whether it may be shown to `remote`."""
        return bool(self.machine and self.username) and self.machine.lower() == remote.machine


NO_LOGIN: Final = Login("", "", "")


def askpass(folder: Path, remote: Remote, login: Login) -> dict[str, str]:
    """Variables under which git asks a program of ours, in `folder`, and is told `login` at `remote` alone.

    A server that sends git elsewhere makes it ask for that place, which gets no answer.
    """
    script = folder / "askpass"
    script.write_text(_SCRIPT, encoding="ascii")
    script.chmod(0o700)
    variables = {"GIT_ASKPASS": str(script)}
    if not login.is_for(remote):
        return variables
    scheme, _, host = remote.origin.partition("://")
    return variables | {
        "LOGIN_ASKS_USERNAME": f"Username for '{remote.origin}': ",
        "LOGIN_ASKS_PASSWORD": f"Password for '{scheme}://{login.username}@{host}': ",
        "LOGIN_ASKS_PASSWORD_ENCODED": f"Password for '{scheme}://{quote(login.username, safe='')}@{host}': ",
        "LOGIN_USERNAME": login.username,
        "LOGIN_PASSWORD": login.password,
    }


def _is_sound(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = url.isprintable() and " " not in url and parts.username is None and port != 0
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)
