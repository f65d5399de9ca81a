"""Findings, as the engine would make them."""

from secret_scan.values import Finding, Found, Item, Origin


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
