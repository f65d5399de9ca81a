"""Findings, as the engine would make them."""

from dataclasses import replace
from hashlib import sha256
from typing import Final

from secret_scan.accepted.judge import Judged
from secret_scan.values import Finding, Found, Item, Origin

TOKEN: Final = "dapi" + sha256(b"databricks").hexdigest()[:32]
OTHER: Final = "dapi" + sha256(b"another").hexdigest()[:32]
KEY: Final = "AKIA" + "IOSFODNN7EXAMPL3"
"""They look like secrets and open nothing; none stands in a file."""


def finding(
    value: str,
    path: str = "a.py",
    *,
    rule: str = "databricks-token",
    content: str = "",
    origin: Origin = "file",
    commit: str = "",
) -> Finding:
    """A finding of `value` in a file of one line, or in the `content` given."""
    text = content or f'token = "{value}"\n'
    lines = text.split("\n")
    number = next((index for index, line in enumerate(lines) if value in line), 0)
    found = Found(
        rule=rule,
        kind=rule.replace("-", " ").title(),
        value=value,
        line=number + 1,
        column=max(lines[number].find(value), 0) + 1,
        text=lines[number],
        why="its form",
    )
    return Finding(found, Item(path, origin, commit=commit, read=text.encode))


def sample_findings(commit: str) -> list[Judged]:
    """What the sample of a card shows."""
    key = finding(KEY, "config/settings.py", rule="aws-access-key", content="\n" * 11 + f'key = "{KEY}"')
    token = finding(TOKEN, "notebooks/explore.ipynb")
    made = []
    for one, kind, cell in ((key, "AWS Access Key", ""), (token, "Databricks Token", "cell 3")):
        item = replace(one.item, origin="blob", commit=commit, author_date="2026-11-24T09:30:00+01:00")
        made.append(Judged(Finding(replace(one.found, kind=kind, cell=cell), item), "new"))
    return made
