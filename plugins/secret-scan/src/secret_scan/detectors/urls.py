"""Addresses with a password in them: databases, brokers, MLflow, git, proxies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secret_scan.detectors.base import Detector, Form, Line, Match
from secret_scan.filters.examples import is_published
from secret_scan.filters.placeholders import is_stand_in, is_template

if TYPE_CHECKING:
    from collections.abc import Iterator

# `scheme://user:password@host`. No slash in the password, but a percent escape or any sign: they are written
# unescaped. What stands before `:` may be empty (redis).
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{1,30})://(?P<user>[^\s:/@\"'`<>(){}\[\]\\,;]{0,100}):"
    r"(?P<value>[^\s:/@\"'`<>\\]{3,200})@(?P<host>[\w.$({\[%-]{1,253})",
    re.IGNORECASE,
)
_DULL = re.compile(
    r"pass(?:word|wd|wort|phrase)?\d{0,3}|pwd?|secret|user(?:name)?|admin|root|guest|test\d*|foo|bar|baz|key"
    r"|postgres|mysql|mongo|redis|rabbitmq|token|x+|\*+|\.+|-+|_+|hunter2|db_?pass(?:word)?|my_?pass(?:word)?"
    r"|changeme|airflow|mlflow|default|login|p(?:@|%40)ss\w*|passw?0?rd\d{0,3}|abc|123\d{0,7}|tiger|letmein|docker"
    r"|minio(?:admin)?|port|your\w*|some\w*|the\w*|api_?key|x-oauth-basic|x-token-auth|oauth2?|git",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"localhost|127\.\d|0\.0\.0\.0|\w+\.example|host(?:name)?\b|(?:.*\.)?example\.(?:com|org|net)|some-?host"
    r"|your",
    re.IGNORECASE,
)


class UrlDetector(Detector):
    """Finds the password of an address.

    detect-secrets' own takes `://any:thing@` far apart, with user names of templates (its precision is .38).
    """

    def find(self, line: Line) -> Iterator[Match]:
        """The passwords in the line's addresses."""
        if "@" not in line.text:
            return
        for found in _URL.finditer(line.text):
            value = found["value"]
            if self._is_secret(value, found["user"], found["host"]):
                start, end = found.span("value")
                yield Match(value, start, end, f"the password in a {found['scheme'].lower()} address")

    @staticmethod
    def _is_secret(value: str, user: str, host: str) -> bool:
        if is_template(value) or is_stand_in(value) or is_published(value) or value[0] in "$%{<*":
            return False
        if _DULL.fullmatch(value) or value.lower() == user.lower() or user.startswith(("$", "%(")):
            return False
        strong = any(letter.isdigit() for letter in value) or not value.isalpha()
        if _LOCAL.match(host):
            return strong and len(value) >= _STRONG
        return (strong and len(value) >= _SHORTEST) or len(value) >= _WORDS


_SHORTEST, _STRONG, _WORDS = 6, 10, 8

# jdbc:…?user=a&password=b, and ODBC's and .NET's `Password=b;`
_PARAMETER = re.compile(
    r"(?i:(?:jdbc:|Server\s?=|Data Source\s?=|Host\s?=|Driver\s?=|AccountEndpoint=|Endpoint=sb:|\buid\s?="
    r"|User Id\s?=|[?&;]user(?:name)?\s?=)[^\"'\n]{0,300}?[;?&\s](?:password|pwd|accountkey|sharedaccesskey))"
    r"\s?=\s?(?P<value>[^\s;&\"'<>{}]{4,200})"
)


class ConnectionStringDetector(Detector):
    """Finds the password of a connection string."""

    def find(self, line: Line) -> Iterator[Match]:
        """The passwords in the line's connection strings."""
        for found in _PARAMETER.finditer(line.text):
            value = found["value"]
            if not (
                is_stand_in(value) or is_published(value) or _DULL.fullmatch(value) or value[0] in "$%{<*"
            ):
                yield Match(value, *found.span("value"), "the password of a connection string")


URLS = (
    UrlDetector(
        Form(
            "url-password",
            "Password in an Address",
            r"://[^\s/@]{0,100}:[^\s/@]{3,200}@",
            ("://",),
            begin="",
            end="",
        )
    ),
    ConnectionStringDetector(
        Form(
            "connection-string",
            "Connection String with a Password",
            "=",
            ("password", "pwd", "key"),
            begin="",
            end="",
        )
    ),
)
