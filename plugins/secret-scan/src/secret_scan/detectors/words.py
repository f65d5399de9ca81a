"""What a name says of its value: `db_password` holds a secret, `password_field` and `max_tokens` do not."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

Sort: TypeAlias = Literal["password", "key", ""]

_PASSWORDS = frozenset(
    {"password", "passwd", "passphrase", "pwd", "passwort", "contraseña", "contrasena",
     "motdepasse", "senha", "pass", "passcode", "userpass", "dbpass", "dbpassword", "dbpwd",
     "pgpassword", "userpassword", "adminpassword", "rootpassword", "sshpass", "requirepass",
     "masterauth", "passw", "pword", "keypass", "pw", "storepass", "psw", "psk", "wpapsk"}
)  # fmt: skip
_KEYS = frozenset(
    {"secret", "token", "apikey", "accesskey", "secretkey", "authkey", "privatekey", "credential",
     "credentials", "authtoken", "accesstoken", "clientsecret", "apitoken", "apisecret",
     "appsecret", "bearer", "refreshtoken", "sessiontoken", "signingkey", "encryptionkey",
     "masterkey", "secrets", "pat", "auth", "jwtsecret", "appkey", "webhooksecret", "deploykey",
     "servicekey", "accountkey", "sharedkey", "idtoken", "secretaccesskey", "salt",
     "cookiesecret", "usertoken", "bottoken", "hmac", "otpsecret", "apipassword", "authorization",
     "pepper"}
)  # fmt: skip
# `key` alone is the name of most things: it counts behind one of these.
_BEFORE_KEY = frozenset(
    {"api", "access", "secret", "auth", "private", "signing", "encryption", "master", "service",
     "account", "db", "database", "client", "shared", "storage", "app", "application", "hmac",
     "license", "subscription", "session", "cipher", "crypto", "jwt", "admin", "aes", "ssh",
     "deploy", "functions", "function", "fernet", "encrypt", "consumer", "write", "sdk",
     "rapidapi"}
)  # fmt: skip
# May follow: they say whose or which one. Anything else says that the name is of something else.
_AFTER = frozenset(
    {"value", "default", "prod", "production", "dev", "development", "staging", "stage", "live",
     "test", "ci", "new", "old", "current", "main", "primary", "secondary", "backup", "env",
     "raw", "plain", "plaintext", "text", "string", "str", "data", "base", "b", "encoded",
     "admin", "root", "user", "api", "db", "const", "v", "key", "id", "hex"}
)  # fmt: skip
# Tokens of texts and of pages, and keys that everybody may have.
_OPEN = frozenset(
    {"page", "next", "continuation", "sync", "eos", "bos", "pad", "unk", "sep", "mask", "cls",
     "special", "public", "csrf", "csrfmiddleware", "start", "end", "stop", "cancellation",
     "cancel", "primarykey", "foreign", "sort", "partition", "row", "cache", "idempotency",
     "dedup", "placeholder", "example", "vocab", "tokenizer"}
)  # fmt: skip
_NOT_LAST = frozenset(
    {"id", "key", "text", "api", "user", "db", "base", "admin"}
)  # fmt: skip

_WORD = re.compile(r"[A-Z]+(?![a-zà-ÿ])|[A-Z]?[a-zà-ÿ]+|[A-ZÀ-Þ]+|\d+")


@lru_cache(maxsize=4096)
def sort_of(name: str) -> Sort:
    """What the value of a variable, key or argument of this name is."""
    words = [word.lower() for word in _WORD.findall(name[-100:]) if not word.isdigit()]
    while words:
        sort = _sort_of_last(words)
        if sort:
            return sort
        if words[-1] not in _AFTER or words[-1] in _NOT_LAST:
            return ""
        words.pop()
    return ""


def _sort_of_last(words: list[str]) -> Sort:
    last = words[-1]
    if _OPEN.intersection(words):
        return ""
    joined = "".join(words[-2:])
    if last in _PASSWORDS or joined in _PASSWORDS:
        # `by pass`, `low_pass`, `n_pass` are no passwords.
        dull = last == "pass" and (len(words) < _TWO or words[-2] not in _OWNERS)
        return "" if dull and name_is_long(words) else "password"
    if (
        last in _KEYS
        or joined in _KEYS
        or (last == "key" and len(words) >= _TWO and words[-2] in _BEFORE_KEY)
    ):
        return "key"
    return ""


_TWO = 2
_OWNERS = frozenset(
    {"db", "user", "admin", "root", "mysql", "postgres", "pg", "redis", "mongo", "smtp", "mail",
     "ftp", "ssh", "login", "database", "my", "app", "registry", "docker", "email", "key",
     "rabbitmq", "proxy", "sudo"}
)  # fmt: skip


def name_is_long(words: list[str]) -> bool:
    """Whether more than `pass` itself is there, so that what is before it changes the meaning."""
    return len(words) >= _TWO
