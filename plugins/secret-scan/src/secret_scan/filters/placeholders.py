"""What stands where a secret would, in documentation and templates."""

from __future__ import annotations

import math
import re
from collections import Counter

# Words that nobody draws by chance. As whole words for those that a random string may hold.
_WORDS = re.compile(
    r"""example|placeholder|change[-_]?(?:me|it|this)|replace[-_]?(?:me|this|with)
    |your[-_ ]?(?:api|access|own|key|token|secret|password|pass|user|db|org|account|project)
    |insert[-_ ]?(?:your|here)|goes[-_]?here|redacted|put[-_]?your|enter[-_]?your|put[-_]?here
    |dummy|sample|foobar|lorem|not[-_]?(?:a[-_])?real|to[-_]?be[-_]?set
    |xxxxx|00000000|12345678|87654321|abcdefgh|0123456|deadbeef|\*{3}|\.{3}|…""",
    re.IGNORECASE | re.VERBOSE,
)
_WHOLE_WORDS = re.compile(
    r"(?<![A-Za-z0-9])(?:fake|mock|todo|tbd|fixme|none|null|undefined|invalid|my[-_]?(?:secret|token|key|pass\w*)"
    r"|your|mysecret|mytoken|test(?:ing)?|demo|unknown|fill[-_]?me)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(
    r"\$\{|\{\{|\}\}|<%|%>|<[A-Za-z_][\w .:-]*>|\$\(|^\$[A-Za-z_{(]|%\([a-z_]\w*\)s|^%[A-Za-z_]+%$"
    r"|\{[A-Za-z_][\w.!:]{0,40}\}|^\{[\w.!:]*\}$"
    r"|^ENC\[|^enc:|^vault:|^\{cipher\}|^!vault|^@@|^#\{|^\[[A-Z_ ]+\]$|^ref\+|^op://|^secret://|^%[sdv]$"
)
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "0123456789" * 2, "zyxwvutsrqponmlkjihgfedcba", "9876543210",
         "qwertyuiopasdfghjklzxcvbnm")  # fmt: skip
_PAIRS = frozenset(run[at : at + 2] for run in _RUNS for at in range(len(run) - 1))
_LONGEST = 4096


def entropy(value: str) -> float:
    """Shannon's, in bits a character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0


def is_template(value: str) -> bool:
    """Whether the value is filled in later: `${TOKEN}`, `{{ token }}`, `<token>`, or is encrypted (sops)."""
    return bool(_TEMPLATE.search(value[:_LONGEST]))


def is_placeholder(value: str) -> bool:
    """Whether the value says of itself that it is none, or was typed by running along an alphabet.

    `ghp_xxxxxxxx…`, `sk-your-key-here`, `dapi1234567890abcdef…`, a value of few characters.
    """
    value = value[:_LONGEST]
    return bool(_WORDS.search(value)) or is_template(value) or is_monotone(value)


def is_stand_in(value: str) -> bool:
    """The same for a value that only its name gives away: `test`, `none`, `my-secret` are nobody's passwords.

    A token may hold such a word by its form, as Stripe's `sk_test_`.
    """
    return bool(_WHOLE_WORDS.search(value[:_LONGEST])) or is_placeholder(value)


def is_monotone(value: str) -> bool:
    """Whether most of the value is one run along an alphabet, one piece repeated, or few characters."""
    value = value[:_LONGEST].lower()
    tail = re.split(r"[_.:-]", value)[-1]
    return any(len(part) >= _SHORTEST and _monotone(part) for part in {value, tail})


_SHORTEST = 12
_FEW = 5


def _monotone(lower: str) -> bool:
    if len(set(lower)) <= _FEW:
        return True
    periods = range(1, min(len(lower) // 2, 20) + 1)
    return any(lower[size:] == lower[:-size] for size in periods) or _longest_run(lower) * 2 > len(lower)


def _longest_run(lower: str) -> int:
    """How many characters of the value stand beside their neighbour of an alphabet."""
    return 1 + sum(lower[at : at + 2] in _PAIRS for at in range(len(lower) - 1))
