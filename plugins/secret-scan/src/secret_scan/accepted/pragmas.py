"""Comments that allow the secret on their line: those of detect-secrets and of its peers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PRAGMA: Final = "pragma: allowlist secret"
"""The one that a message proposes."""

_ON_LINE = re.compile(
    r"pragma: ?(?:allow|white)list[ -]secret|(?:gitleaks|betterleaks):allow|(?:kingfisher|trufflehog):ignore",
    re.IGNORECASE,
)
_ON_NEXT_LINE = re.compile(r"pragma: ?(?:allow|white)list[ -]nextline[ -]secret", re.IGNORECASE)
NEXT_LINE: Final = "nextline"
"""What stands in every comment that is about the line below."""

_COMMENTS: Final = {
    "# {}": "py pyi sh bash zsh yml yaml toml rb pl r tf tfvars env conf properties dockerfile mk ps1 jl nix",
    "// {}": "js jsx ts tsx mjs go java kt scala c h cc cpp hpp cs rs swift php groovy dart jsonc proto",
    "-- {}": "sql lua hs",
    "<!-- {} -->": "html htm xml md svg vue",
    "/* {} */": "css scss less",
    "; {}": "ini",
}
_BY_SUFFIX: Final = {suffix: form for form, suffixes in _COMMENTS.items() for suffix in suffixes.split()}


def allows(lines: Sequence[str], index: int) -> bool:
    """Whether the line at `index`, from 0, carries a comment that allows it, or the line above one."""
    if not 0 <= index < len(lines):
        return False
    above = lines[index - 1] if index else ""
    return bool(_ON_LINE.search(lines[index]) or _ON_NEXT_LINE.search(above))


def allows_itself(line: str) -> bool:
    """Whether the line carries such a comment."""
    return bool(_ON_LINE.search(line))


def comment(path: str) -> str:
    """The comment to put at the end of a line of that file; empty where the language is not known."""
    name = path.rpartition("/")[2].lower()
    suffix = name.rpartition(".")[2]
    form = _BY_SUFFIX.get(suffix, "")
    return form.format(PRAGMA) if form else ""
