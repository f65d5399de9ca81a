"""Comments that allow a secret."""

import pytest

from kit.findings import finding
from secret_scan.accepted.acceptance import Comments
from secret_scan.accepted.pragmas import allows, comment

VALUE = "dapi" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "words",
    [
        "# pragma: allowlist secret",
        "// pragma: allowlist secret",
        "<!-- pragma: allowlist secret -->",
        "# pragma:whitelist secret",
        "# noqa  # Pragma: Allowlist Secret",
        "# gitleaks:allow",
        "# betterleaks:allow",
        "# kingfisher:ignore",
        "# trufflehog:ignore",
    ],
)
def test_the_words_of_every_peer_allow_the_secret_on_their_line(words: str) -> None:
    assert allows([f"x = 1  {words}"], 0)
    assert not allows([f"x = 1  {words}", "y = 2"], 1)


def test_a_comment_can_allow_the_line_below_it() -> None:
    lines = ["# pragma: allowlist nextline secret", "x", "y"]
    assert [allows(lines, index) for index in range(3)] == [False, True, False]


@pytest.mark.parametrize("words", ["allowlist secret", "pragma: no cover", "gitleaks", "secret"])
def test_other_words_allow_nothing(words: str) -> None:
    assert not allows([f"x = 1  # {words}"], 0)


def test_the_line_above_is_read_from_the_item() -> None:
    content = f'# pragma: allowlist nextline secret\ntoken = "{VALUE}"\n'
    assert Comments().allow(finding(VALUE, content=content))
    assert not Comments().allow(finding(VALUE, content=f"\n{content[1:].replace('next', '')}"))


def test_in_another_state_a_comment_counts_for_the_same_secret_in_the_same_file() -> None:
    files = {"a.py": f'\n\ntoken="{VALUE}"  # gitleaks:allow\n'.encode()}
    before = Comments(files.get)
    assert before.allow(finding(VALUE))
    assert not before.allow(finding(VALUE, "b.py"))
    assert not before.allow(finding(VALUE.replace("0", "1")))


def test_the_proposed_comment_is_one_that_counts() -> None:
    assert comment("src/train.py") == "# pragma: allowlist secret"
    assert comment("docs/a.html") == "<!-- pragma: allowlist secret -->"
    assert comment("Dockerfile").startswith("#")
    assert comment("data.json") == ""
    assert comment("unknown.xyz") == ""
    assert all(allows([comment(f"a.{suffix}")], 0) for suffix in ("py", "js", "sql", "css", "ini", "md"))
