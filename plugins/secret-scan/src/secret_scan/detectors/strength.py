"""Whether a value could be a secret, where only its name says so."""

from __future__ import annotations

import re
import string

from secret_scan.filters.placeholders import entropy, is_stand_in

# What is fetched from elsewhere when the program runs.
_REFERENCE = re.compile(
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:(?:\|\||\?\?|&&).*)?"  # config.password, a.b||c
    r"|.*[\w\]]\(.*"  # get_secret(…)
    r"|\w+(?:::|->)\w+.*"
    r"|(?:\.{0,2}|~|[A-Za-z]:)[/\\].*"  # a path
    r"|[a-z][a-z0-9+.-]*://.*"
    r"|[$%&#@<{*!\[].*"
    r"|.*\{\w*\}.*"
    r"|(?:arn|urn|projects|secretsmanager|ssm|vault|kv|env|file|secret|keyvault|refs?|data|sha\d+|md5"
    r"|ssh-\w+)[:/].*"
    r"|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"  # the name of a variable
    r"|--?[a-z].*"
    r"|.*\.(?:json|ya?ml|pem|key|crt|txt|py|js|html?|env|cfg|conf|toml|xml|md|jks|p12|pub)",
    re.DOTALL,
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# What stands in examples and tests, and types.
_DULL = re.compile(
    r"pass\w{0,5}\d{0,4}!?"
    r"|.{0,12}(?:pass(?:word|wd|wort|phrase)|secret|token|apikey|api_key|credential)s?[\d!]{0,4}"
    r"|(?:admin|user)\w{0,6}"
    r"|hunter2"
    r"|(?:true|false|null|none|nil|undefined|string|optional|required|str|bytes|unicode|object|boolean"
    r"|number|integer)\b.*"
    r"|.{0,3}(?:qwert|letmein|welcome|monkey|asdf|1234|abcd|foobar|secret|changeit|trustno1).{0,5}"
    r"|p[a@][s$]{2}\w{0,12}"
    r"|.*(?:[.]{3}|\*\*|xxx|###|___|---).*",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[A-Za-z]+(?:[\s_.:/-][A-Za-z]+)*")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def is_strong_password(value: str, *, quoted: bool) -> bool:
    """A password of somebody: it need not be drawn by chance, but it is not a word."""
    if len(value) > _LONGEST_PASSWORD or is_words(value) or _is_dull(value):
        return False
    kinds = sum(any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper, _is_sign))
    least = _KINDS if quoted or len(value) >= _LONG else _KINDS + 1
    enough = any(map(str.isalpha, value)) and len(set(value)) >= _LETTERS_LEAST
    return enough and (kinds >= least or bool(_UUID.fullmatch(value)))


_LONGEST_PASSWORD = 128
_KINDS = 2
_LONG = 10
_LETTERS_LEAST = 5


def is_strong_key(value: str, *, quoted: bool) -> bool:
    """A key or token is drawn by chance: long, of letters and digits, unlike words."""
    if len(value) < (_KEY if quoted else _KEY + 4) or is_words(value) or _is_dull(value):
        return False
    if _UUID.fullmatch(value):
        return True
    digits = sum(map(str.isdigit, value))
    mixed = any(map(str.isupper, value)) and any(map(str.islower, value))
    enough = digits > 1 or (mixed and digits == 1)
    return enough and any(map(str.isalpha, value)) and entropy(value) >= _KEY_ENTROPY and not _wordy(value)


_KEY = 16
_KEY_ENTROPY = 3.0


def is_words(value: str) -> bool:
    """Whether the value is letters in pieces as words have: `prod-db-password`, `myTokenName`."""
    letters = value.rstrip(string.digits)
    if len(value) - len(letters) > _DIGITS or not _LETTERS.fullmatch(letters):
        return False
    pieces = _PIECE.findall(letters)
    return sum(map(len, pieces)) >= _WORD * len(pieces)


_WORD = 3
_DIGITS = 2


def _is_dull(value: str) -> bool:
    plain = value.translate(_LEET)
    dull = _REFERENCE.fullmatch(value) or _DULL.fullmatch(value) or _DULL.fullmatch(plain)
    return bool(dull) or is_stand_in(value)


# `s3cr3t` and `p4ssw0rd` are words, too.
_LEET = str.maketrans("013457@$!", "oieastasi")


def _is_sign(letter: str) -> bool:
    return letter in string.punctuation


def _wordy(value: str) -> bool:
    """Whether the pieces between signs are mostly words or numbers, as in `my-model-v2-2024-final`."""
    pieces = [piece for piece in re.split(r"[^0-9A-Za-z]+", value) if piece]
    if len(pieces) == 1:
        return is_words(re.sub(r"(?<=[a-z])\d(?=[A-Z])", "", value))  # OAuth2ClientAuth
    plain = sum(len(piece) for piece in pieces if _PLAIN.fullmatch(piece))
    return bool(_OWN.intersection(pieces)) or plain > _MOSTLY * sum(map(len, pieces))


_PLAIN = re.compile(r"[A-Za-z]?[a-z]+|[A-Z]+|\d{1,8}|v\d+")
_MOSTLY = 0.7
_OWN = frozenset({"key", "token", "secret", "password", "KEY", "TOKEN", "SECRET", "PASSWORD"})
