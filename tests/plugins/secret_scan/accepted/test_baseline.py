"""Our baseline: what it tells apart, and how it lives in git."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.findings import finding
from secret_scan.accepted.baseline import BASELINE, Baseline, BaselineError, parse

VALUE = "dapi" + "0123456789abcdef" * 2
OTHER = "dapi" + "fedcba9876543210" * 2


def test_an_entry_covers_this_value_at_this_path_by_this_rule_and_nothing_else() -> None:
    baseline = Baseline().accept(finding(VALUE), "false", "an example", path="a.py")

    assert baseline.entry(finding(VALUE))
    assert baseline.entry(finding(VALUE, content=f"\n\nmoved('{VALUE}')\n"))
    assert baseline.entry(finding(VALUE, origin="blob", commit="c" * 40))
    assert not baseline.entry(finding(OTHER))
    assert not baseline.entry(finding(VALUE, "b.py"))
    assert not baseline.entry(finding(VALUE, rule="secret-keyword"))


def test_a_message_is_known_again_after_a_rebase() -> None:
    baseline = Baseline().accept(
        finding(VALUE, "1" * 40, origin="message", commit="1" * 40), "revoked", "", path="x"
    )
    assert baseline.entry(finding(VALUE, "2" * 40, origin="message", commit="2" * 40))


def test_the_file_holds_no_secret_no_line_number_and_no_time() -> None:
    text = Baseline().accept(finding(VALUE), "false", "an example", path="a.py").text()
    _, _, entry, _ = json.loads(text)
    assert VALUE not in text
    assert set(entry) == {"hash", "rule", "path", "label", "reason"}


def test_two_repositories_have_two_salts() -> None:
    one, other = (Baseline().accept(finding(VALUE), "false", "", path="a.py") for _ in range(2))
    assert one.salts != other.salts
    assert set(one.entries).isdisjoint(other.entries)


def test_the_file_is_the_same_in_whatever_order_its_entries_came() -> None:
    salted = Baseline().with_salt()
    there = salted.accept(finding(VALUE), "false", "", path="a").accept(
        finding(OTHER), "revoked", "", path="a"
    )
    back = salted.accept(finding(OTHER), "revoked", "", path="a").accept(
        finding(VALUE), "false", "", path="a"
    )
    assert there.text() == back.text()
    assert parse(there.text()) == there
    assert parse(there.text()).text() == there.text()


@given(st.text(max_size=200))
def test_no_text_is_more_than_a_broken_baseline(text: str) -> None:
    try:
        parse(text)
    except BaselineError as error:
        assert str(error)  # noqa: PT017 - what it says is not the point


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{}",
        "[1]",
        '[{"hash": 1}]',
        '[{"hash": "' + "0" * 64 + '", "label": "whatever"}]',
        json.dumps([{"salt": f"{number:032x}"} for number in range(100)]),
    ],
)
def test_a_broken_baseline_is_refused(text: str) -> None:
    with pytest.raises(BaselineError):
        parse(text)


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as nobody in particular."""
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    command = [shutil.which("git") or "git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def branch_with(folder: Path, name: str, text: str) -> None:
    """A branch off main whose baseline says `text`."""
    git(folder, "checkout", "-q", "-b", name, "main")
    (folder / BASELINE).write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", name)


def test_branches_that_each_began_a_baseline_merge_into_one(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitattributes").write_text(f"/{BASELINE} merge=union\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "begin")
    branch_with(tmp_path, "one", Baseline().accept(finding(VALUE), "false", "", path="a.py").text())
    branch_with(tmp_path, "two", Baseline().accept(finding(OTHER), "false", "", path="a.py").text())

    git(tmp_path, "merge", "-q", "-m", "merge", "one")

    merged = parse((tmp_path / BASELINE).read_text())
    assert merged.entry(finding(VALUE))
    assert merged.entry(finding(OTHER))


def test_branches_that_add_to_a_common_baseline_merge_without_help(tmp_path: Path) -> None:
    """Their order is that of hashes: two entries are hardly ever neighbours, and these are none."""
    git(tmp_path, "init", "-q")
    base = Baseline(("0" * 32,))
    for number in range(10):
        base = base.accept(finding(f"{VALUE}{number}"), "false", "", path="a.py")
    (tmp_path / BASELINE).write_text(base.text())
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "begin")
    further = [base.accept(finding(f"{OTHER}{number}"), "false", "", path="a.py") for number in range(20)]
    further.sort(key=lambda one: next(iter(one.entries.keys() - base.entries.keys())))
    branch_with(tmp_path, "one", further[0].text())
    branch_with(tmp_path, "two", further[-1].text())

    git(tmp_path, "merge", "-q", "-m", "merge", "one")

    assert len(parse((tmp_path / BASELINE).read_text()).entries) == 12
