"""What a finding looks like."""

from dataclasses import replace

import pytest

from kit.findings import finding
from secret_scan.accepted.baseline import Baseline, parse
from secret_scan.accepted.judge import Judged
from secret_scan.output.blocks import block, described, place
from secret_scan.output.groups import Secret, grouped

OTHER = "dapi" + "fedcba9876543210" * 2
VALUE = "dapi" + "0123456789abcdef" * 2


@pytest.fixture
def finding_of() -> Secret:
    """A secret in a file that has another one in its name."""
    (secret,) = grouped([Judged(finding(VALUE, f"keys/{OTHER}"), "new")], ("new",))
    return secret


def test_a_block_says_what_where_why_and_what_to_do() -> None:
    made = finding(VALUE, "src/train.py", content=f'\n\nw = Client(token="{VALUE}")\n', origin="blob")
    made = replace(made, item=replace(made.item, commit="2fd59f6f" * 5, author_date="2026-11-24T10:00:00Z"))
    (secret,) = grouped([Judged(made, "new")], ("new",))

    assert list(block(secret, [], None)) == [
        "Databricks Token  src/train.py:3:19  (commit 2fd59f6f, 2026-11-24)",
        '    w = Client(token="dapi******")',
        "  why    its form",
        "  do     revoke it now; removing the line is not enough: it stays in the history",
        "         in Databricks: Settings, Developer, Access tokens (or the service principal's secrets)",
        "  false? end the line with",
        "    # pragma: allowlist secret",
    ]


def test_where_no_comment_can_be_the_line_to_copy_is_an_entry_of_the_baseline() -> None:
    made = finding(VALUE, "data.json")
    (secret,) = grouped([Judged(made, "new")], ("new",))
    baseline = Baseline().with_salt()

    lines = list(block(secret, [], baseline))

    text = baseline.text().replace("null", f"{lines[-1].strip()}\nnull")
    assert parse(text).entry(made)
    assert "secret-scan audit" in list(block(secret, [], None))[-1]


def test_names_and_messages_are_told_without_their_secrets() -> None:
    name = finding(VALUE, f"keys/{VALUE}", content=VALUE, origin="name")
    message = finding(VALUE, "commit message", content=f"Use {VALUE}", origin="message")
    assert place(name) == "file name keys/dapi******:1:1"
    assert place(message) == "commit message:1:5"


def test_a_hostile_file_name_stays_on_its_line() -> None:
    (secret,) = grouped([Judged(finding(VALUE, "a\n\x1b[2Kforged"), "new")], ("new",))
    lines = list(block(secret, [], Baseline().with_salt()))
    assert all(line.isprintable() for line in lines)
    assert r"a\n\u001b[2Kforged" in lines[0]


def test_a_path_is_told_without_its_secret_beside_another_secret_too(finding_of: Secret) -> None:
    first = next(described(finding_of, [OTHER]))
    assert first.startswith("Databricks Token  keys/dapi******:1:10")


def test_a_secret_that_is_a_common_word_stars_out_no_path(finding_of: Secret) -> None:
    assert "keys/" in next(described(finding_of, ["keys"]))
