"""The settings reference that is made from declarations."""

from datetime import timedelta
from typing import Literal

from pydantic import SecretStr

from drone_plugin import Settings, setting
from drone_plugin.docs import settings_table


class Documented(Settings):
    """A setting of every kind."""

    host: str = setting("", "Where to; `a|b`.", example="https://x", required=True)
    token: SecretStr = setting(SecretStr("default-secret"), "Its token.", example="api_token")
    logins: dict[str, SecretStr] = setting({}, "Passwords.", example="logins")
    timeout: timedelta = setting(timedelta(minutes=90), "The limit.", example="2h")
    mode: Literal["fast", "slow"] = setting("fast", "How.", example="slow", pin=True)
    tags: list[str] = setting([], "Tags.", example="a, b")
    dry_run: bool = setting(default=False, description="Only say it.", example="true")
    limit: int | None = setting(None, "At most.", example="3")


LEVELS = "`error`, `warning`, `info` or `debug`"


def test_a_row_says_kind_default_meaning_example_and_whether_to_pin() -> None:
    assert settings_table(Documented).splitlines() == [
        "| setting | kind | default | what it does |",
        "|---|---|---|---|",
        r"| `host` | text | **required** | Where to; `a\|b`. Example: `https://x`. |",
        "| `token` | secret |  | Its token. Example: `{from_secret: api_token}`. |",
        "| `logins` | map |  | Passwords. Example: `{from_secret: logins}`. |",
        "| `timeout` | duration | `1h30m` | The limit. Example: `2h`. |",
        "| `mode` | `fast` or `slow` | `fast` | How. Example: `slow`. **Pin.** |",
        "| `tags` | list |  | Tags. Example: `a, b`. |",
        "| `dry_run` | true or false | `false` | Only say it. Example: `true`. |",
        "| `limit` | number |  | At most. Example: `3`. |",
        f"| `log_level` | {LEVELS.replace(', ', ' or ')} | `info` | How much is printed: {LEVELS}. Example: `debug`. |",
        "| `log_format` | `text` or `json` | `text` | `json` prints every event as one JSON object, for a program that reads the log. Example: `json`. |",
    ]


def test_a_default_that_is_secret_is_not_shown() -> None:
    assert "default-secret" not in settings_table(Documented)
