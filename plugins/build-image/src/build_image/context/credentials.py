"""Files that hold credentials by their name and content, and have no business in an image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

READ: Final = 64 * 1024
"""Bytes of a file that are looked at."""


class Rule(NamedTuple):
    """A kind of file: what it is called, which paths it has, and what must be in it."""

    kind: str
    path: str
    content: str


_EXAMPLE = r"(?:.*\.)?(?:example|sample|template|tmpl|dist|defaults?|schema|test)s?"

RULES: Final = (
    Rule(
        "environment variables",
        rf"\.env(?!\.{_EXAMPLE}$)(?:\..+)?",
        r"^[ \t]*(?:export[ \t]+)?\w+[ \t]*=[ \t]*[^\s#]",
    ),
    Rule(
        "a private key", r"id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:pem|key)", r"-----BEGIN [A-Z ]*PRIVATE KEY"
    ),
    Rule("a private key", r"[^/]+\.ppk", r"^PuTTY-User-Key-File"),
    Rule("a private key", r"[^/]+\.(?:p12|pfx)", r"\A\x30"),
    Rule("a login", r"[._]netrc", r"\bpassword\s+\S"),
    Rule("a token of npm", r"\.npmrc", r"_(?:authToken|password|auth)[ \t]*=[ \t]*(?!\$\{)\S"),
    Rule("a password of a package index", r"\.pypirc", r"^[ \t]*password[ \t]*[=:][ \t]*\S"),
    Rule("git's logins", r"\.git-credentials", r"://[^/\s]+@"),
    Rule(
        "logins of registries", r"\.docker/config\.json|\.dockercfg", r'"(?:auth|identitytoken)"\s*:\s*"[^"]'
    ),
    Rule("keys of Amazon", r"\.aws/credentials", r"^[ \t]*aws_secret_access_key[ \t]*=[ \t]*\S"),
    Rule(
        "a token of Databricks", r"\.databrickscfg", r"^[ \t]*(?:token|client_secret|password)[ \t]*=[ \t]*\S"
    ),
    Rule(
        "a key of a service account",
        r"(?i:[^/]*(?:credential|service.?account|key|secret)[^/]*\.json)",
        r'"private_key"\s*:\s*"-----BEGIN',
    ),
    Rule(
        "access to a cluster", r"\.kube/config|kubeconfig", r"^[ \t]*(?:token|client-key-data)[ \t]*:[ \t]*\S"
    ),
    Rule("secrets of Streamlit", r"\.streamlit/secrets\.toml", r"^[ \t]*\w+[ \t]*=[ \t]*\S"),
)


_LIKELY = re.compile(f"(?:.*/)?(?:{'|'.join(rule.path for rule in RULES)})", re.DOTALL)


def credential_in(path: str, read: Callable[[], bytes]) -> str:
    """What a file holds that nobody should see; empty where it holds nothing of the kind.

    `read` gives the first `READ` bytes of it, and is called for few files.
    """
    if not _LIKELY.fullmatch(path):
        return ""
    for rule in RULES:
        named = re.fullmatch(f"(?:.*/)?(?:{rule.path})", path, re.DOTALL)
        if named and re.search(rule.content.encode(), read(), re.MULTILINE):
            return rule.kind
    return ""
