"""Installations of packages in the script of a RUN."""

from __future__ import annotations

import re
from itertools import dropwhile
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from build_image.dockerfile.parse import Instruction

PIP: Final = "pip"
APT: Final = "apt-get"

_BETWEEN = re.compile(r"&&|\|\||[;|\n&]")
_ASSIGNMENT = re.compile(r"\w+=\S*")
_PREFIXES = frozenset({"sudo", "exec", "env", "time", "then", "do", "{", "("})
_PYTHON = re.compile(r"(?:\S*/)?python3?(?:\.\d+)?")
_VERBS: Final = {
    "pip": ("pip", {"install"}),
    "pip3": ("pip", {"install"}),
    "uv": ("uv", {"install", "sync"}),
    "poetry": ("poetry", {"install"}),
    "pipenv": ("pipenv", {"install", "sync"}),
    "conda": ("conda", {"install", "create", "update"}),
    "mamba": ("conda", {"install", "create", "update"}),
    "micromamba": ("conda", {"install", "create", "update"}),
    "npm": ("npm", {"install", "ci"}),
    "yarn": ("yarn", {"install"}),
    "apt-get": (APT, {"install"}),
    "apt": (APT, {"install"}),
}
"""By the program's name: the tool that it is a name of, and its words for installing."""

_TAKE_A_VALUE: Final = frozenset(
    {
        *(
            "-i",
            "--index-url",
            "--extra-index-url",
            "-f",
            "--find-links",
            "-t",
            "--target",
            "--prefix",
            "--root",
        ),
        *("--python-version", "--platform", "--timeout", "--retries", "--proxy", "--trusted-host", "--cert"),
        *("--cache-dir", "--python", "-p", "-n", "--name", "--channel"),
    }
)
_FROM_A_FILE = re.compile(
    r"-r|-c|-e|--requirements?(?:=.*)?|--constraints?(?:=.*)?|--editable|--file(?:=.*)?|--require-hashes"
)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[\w.,-]*\])?", re.ASCII)
_TOOLS_THEMSELVES: Final = frozenset({"pip", "setuptools", "wheel", "uv", "poetry", "pipenv"})


class Install(NamedTuple):
    """A command that installs: the tool, and the words behind its `install`."""

    tool: str
    words: tuple[str, ...]

    @property
    def unpinned(self) -> str:
        """The first package of a language that has no version; empty where each has, or a file says which."""
        if self.tool not in {"pip", "uv", "conda"} or any(map(_FROM_A_FILE.fullmatch, self.words)):
            return ""
        value = False
        for word in self.words:
            value, skipped = word in _TAKE_A_VALUE, value
            bare = word.strip("'\"")
            if not skipped and _NAME.fullmatch(bare) and bare not in _TOOLS_THEMSELVES:
                return bare
        return ""


def installs_of(run: Instruction) -> Iterator[Install]:
    """What a RUN installs, as far as its text shows."""
    for script in (run.text, *run.documents):
        for command in _BETWEEN.split(script):
            words = command.replace("\\", " ").split()
            install = _install(list(dropwhile(_is_before_a_command, words)))
            if install:
                yield install


def _is_before_a_command(word: str) -> bool:
    return word in _PREFIXES or bool(_ASSIGNMENT.fullmatch(word))


def _install(words: Sequence[str]) -> Install | None:
    if len(words) > 2 and _PYTHON.fullmatch(words[0]) and words[1] == "-m":  # noqa: PLR2004 - python -m pip
        words = words[2:]
    tool, verbs = _VERBS.get(words[0].rpartition("/")[2] if words else "", ("", set[str]()))
    for at, word in enumerate(words[1:5], 2):
        if word in verbs:
            return Install(tool, tuple(words[at:]))
    return None
