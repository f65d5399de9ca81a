"""The secrets of the clone, which runners put into every step's environment and do not mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.environment import Environment

_NO_SECRETS = frozenset({"", "x-oauth-basic", "oauth2", "x-token-auth", "x-access-token"})
"""What stands beside a token in place of a user name or a password."""


def clone_secrets(environment: Environment) -> Iterator[str]:
    """Tokens and passwords of `DRONE_NETRC_*` and, on Woodpecker, `CI_NETRC_*`.

    GitHub, Gogs and Gitea take the token as the *user name*, beside a password that is a constant or empty.
    Where the password is one, the user name is a person's, who may be named. `DRONE_NETRC_FILE` is no path:
    it holds the text of a .netrc file.
    """
    for prefix in ("DRONE_NETRC_", "CI_NETRC_"):
        yield from _secrets(
            environment.get(f"{prefix}USERNAME", ""), environment.get(f"{prefix}PASSWORD", "")
        )
        words = environment.get(f"{prefix}FILE", "").split()
        for machine in _machines(words):
            yield from _secrets(machine.get("login", ""), machine.get("password", ""))


def _machines(words: list[str]) -> Iterator[dict[str, str]]:
    """The names and values of each entry; a value may be called as a name is."""
    entry: dict[str, str] = {}
    while words:
        name, *words = words
        if name in {"machine", "default"}:
            yield entry
            entry = {}
        if name != "default" and words:
            entry[name], *words = words
    yield entry


def _secrets(user: str, password: str) -> Iterator[str]:
    if password not in _NO_SECRETS:
        yield password
    elif user not in _NO_SECRETS:
        yield user
