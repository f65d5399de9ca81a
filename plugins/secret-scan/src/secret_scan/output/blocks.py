"""A finding for people: what, where, the line, why, and what to do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drone_plugin.scalars import printable
from secret_scan.accepted.baseline import BASELINE, Baseline, Entry, hashed, line, path_of
from secret_scan.accepted.pragmas import comment
from secret_scan.output.advice import revocation
from secret_scan.output.mask import masked_line, visible, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secret_scan.output.groups import Secret
    from secret_scan.values import Finding

AUDIT = "secret-scan audit"
_SHOWN_PLACES = 3
_IN_A_PATH = 16
"""Characters of a secret that is masked in the path of another: a password may be the name of a folder."""
_SOURCE = re.compile(r"cell \d+")
"""A cell of a notebook, and not what it has printed."""


def place(finding: Finding) -> str:
    """As `src/a.py:3:19`; a message or a ref by what it is."""
    found = finding.found
    return f"{shown_path(finding)}:{found.line}:{found.column}"


def shown_path(finding: Finding) -> str:
    """The path of a finding without what it holds of secrets; a message or a ref by what it is."""
    item = finding.item
    if item.origin == "message":
        return item.path
    path = printable(without(item.path, [finding.found.value]))
    if item.origin == "ref":
        return f"name of {path}"
    return f"file name {path}" if item.origin == "name" else path


def origin(finding: Finding) -> str:
    """The cell, the commit and its date, as far as they are known."""
    item = finding.item
    commit = f"commit {item.commit[:8]}" if item.commit else ""
    return ", ".join(filter(None, (visible(finding.found.cell), commit, item.author_date[:10])))


def block(secret: Secret, others: Iterable[str], baseline: Baseline | None) -> Iterator[str]:
    """The lines of one finding; `others` are the other secrets of the file, which stay masked as well."""
    yield from described(secret, others)
    yield "  do     revoke it now; removing the line is not enough: it stays in the history"
    if where := revocation(secret.finding.found.rule):
        yield f"         {where}"
    yield from _if_false(secret.finding, baseline)


def described(secret: Secret, others: Iterable[str]) -> Iterator[str]:
    """What was found, where and why."""
    finding = secret.finding
    found = finding.found
    others = tuple(others)
    at = without(place(finding), [other for other in others if len(other) >= _IN_A_PATH])
    yield f"{visible(found.kind)}  {at}{_brackets(origin(finding))}"
    text = masked_line(found.text, found.value, found.column, others)
    if found.text:
        yield f"    {text or '(the line is not shown: the secret is encoded in it)'}"
    why = "; ".join(dict.fromkeys([found.why, *(other.found.why for other in secret.rules)]))
    yield f"  why    {visible(without(why, others))}"
    if secret.places:
        yield f"  also   {_places(secret)}"


def _places(secret: Secret) -> str:
    shown = [f"{place(other)}{_brackets(origin(other))}" for other in secret.places[:_SHOWN_PLACES]]
    left = len(secret.places) - len(shown)
    return ", ".join([*shown, *([f"and at {left} more"] if left else [])])


def _brackets(text: str) -> str:
    return f"  ({text})" if text else ""


def _if_false(finding: Finding, baseline: Baseline | None) -> Iterator[str]:
    """One line to copy: a comment where the file can have one, else an entry of the baseline."""
    item = finding.item
    in_source = comment(item.path) if item.origin in {"file", "blob"} else ""
    if item.path.endswith(".ipynb"):
        in_source = comment("cell.py") if _SOURCE.fullmatch(finding.found.cell) else ""
    if in_source:
        yield "  false? end the line with"
        yield f"    {in_source}"
    elif baseline is not None and baseline.salts:
        yield f"  false? add this to the list in {BASELINE}"
        yield f"    {entry_line(finding, baseline)},"
    else:
        yield "  false? run this in the repository, which makes a baseline"
        yield f"    {AUDIT}"


def entry_line(finding: Finding, baseline: Baseline) -> str:
    """The entry that would accept the finding."""
    path = visible(without(path_of(finding.item), [finding.found.value]))
    return line(Entry(hashed(baseline.salts[0], finding), finding.found.rule, path, "false", "…"))
