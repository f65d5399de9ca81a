"""One secret, one block."""

from dataclasses import replace

from kit.findings import finding
from secret_scan.accepted.judge import Judged
from secret_scan.output.groups import Secret, grouped, kinds
from secret_scan.values import Finding

VALUE = "dapi" + "0123456789abcdef" * 2
OTHER = "dapi" + "fedcba9876543210" * 2


def new(*findings: Finding) -> list[Secret]:
    """The groups of findings that are all new."""
    return grouped([Judged(one, "new") for one in findings], ("new",))


def test_the_rule_that_knows_the_form_speaks_for_those_that_guess() -> None:
    content = f'password = "{VALUE}"\n'
    exact = finding(VALUE, content=content)
    keyword = replace(finding(VALUE, rule="secret-keyword", content=content), item=exact.item)
    entropy = replace(finding(VALUE[4:], rule="hex-high-entropy-string", content=content), item=exact.item)
    (secret,) = new(keyword, entropy, exact)
    assert secret.finding == exact
    assert secret.rules == (keyword, entropy)


def test_two_secrets_of_a_line_are_two() -> None:
    content = f"{VALUE} {OTHER}\n"
    one = finding(VALUE, content=content)
    other = replace(finding(OTHER, content=content), item=one.item)
    assert [secret.finding for secret in new(other, one)] == [one, other]


def test_the_same_secret_in_many_commits_is_shown_where_it_came_first() -> None:
    versions = [
        replace(
            finding(VALUE, origin="blob", commit=str(day) * 40),
            item=replace(finding(VALUE).item, commit=str(day) * 40, author_date=f"2026-01-0{day}"),
        )
        for day in (3, 1, 2)
    ]
    (secret,) = new(*versions)
    assert secret.finding.item.commit == "1" * 40
    assert [place.item.commit[0] for place in secret.places] == ["2", "3"]


def test_kinds_are_counted_the_most_first() -> None:
    secrets = new(finding(VALUE, "a"), finding(VALUE, "b"), finding(VALUE, "c", rule="aws"))
    assert kinds(secrets) == [("Databricks Token", 2), ("Aws", 1)]
