"""Values in Markdown: nothing that a forge would act on is left of them, and what is shown is what was given."""

import html
import re

import hypothesis
import pytest
from hypothesis import strategies as st

from drone_plugin import Redactor
from drone_plugin.markdown import LONGEST_VALUE, Code, Link, Markdown
from drone_plugin.markdown_blocks import (
    LONGEST_LINE,
    MORE,
    Block,
    Paragraph,
    Preformatted,
    Table,
    size,
    write_blocks,
)

PLAIN = Markdown(str)
REFERENCE = re.compile(r"&#\d+;")
SIGN = re.compile(r"[@#!$%~&^*:\[{][^\s\u200b]|[a-z]-\d|www\.|[0-9a-f]{7}", re.IGNORECASE | re.ASCII)
HOSTILE = [
    "@octocat",
    "octo/hello#12",
    "#12 fixes #13",
    "!12 $13 %14 ~bug &15 ^alert#16",
    "GH-12",
    "https://evil.example/?a=b&c=d",
    "www.evil.example",
    "somebody@example.com",
    "[click](http://evil.example)",
    "![pixel](http://evil.example/p.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden -->",
    "</code></pre><script>",
    "**bold** _it_ ~~gone~~ `code`",
    "| a | b |",
    "\\| \\` \\",
    "# heading",
    "> quote",
    "- [ ] task",
    "1. one",
    "/close",
    "---",
    "```",
    "[^1] [[wiki]] [[_TOC_]]",
    "{+ added +} [- removed -]",
    ":tada:",
    "$`math`$",
    "&lt;b&gt; &#64;octocat",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
]
ANYTHING = st.text(max_size=80) | st.lists(st.sampled_from(HOSTILE)).map(" ".join)


def shown(markdown: str) -> str:
    """What a reader sees of a text that is made of character references and letters."""
    return html.unescape(markdown).replace("\u200b", "")


@pytest.mark.parametrize("value", HOSTILE)
def test_a_text_has_neither_structure_nor_signs_that_a_forge_acts_on(value: str) -> None:
    written = PLAIN.text(value)

    assert re.fullmatch(r"[a-zA-Z0-9, ]*", REFERENCE.sub("", written))
    assert not SIGN.search(html.unescape(written))
    assert shown(written) == value


@pytest.mark.parametrize("value", HOSTILE)
def test_code_has_no_structure_and_may_be_copied(value: str) -> None:
    written = PLAIN.code(value)
    inner = written.removeprefix("<code>").removesuffix("</code>")

    assert re.fullmatch(r"[a-zA-Z0-9, ]*", REFERENCE.sub("", inner))
    assert html.unescape(inner) == value


@hypothesis.given(value=ANYTHING)
def test_whatever_a_value_is_only_letters_and_references_are_left_of_it_on_one_line(value: str) -> None:
    written = PLAIN.text(value)
    left = REFERENCE.sub("", written)

    assert all(character in ", " or character.isalnum() or not character.isascii() for character in left)
    assert len(written.splitlines()) <= 1
    assert not SIGN.search(html.unescape(written))
    assert shown(written) == PLAIN.line(value)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("two\nlines\r\nor\u2028more", "two lines or more"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x00b\x1b]8;;x", "ab]8;;x"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("hid\u200bden\ufeff", "hidden"),
        ("half \ud800", "half"),
        ("  many   blanks ", "many blanks"),
        ("日本語 é 👩‍🔬", "日本語 é 👩‍🔬"),
    ],
)
def test_a_value_is_one_line_of_what_can_be_seen(value: str, line: str) -> None:
    assert PLAIN.line(value) == line


def test_a_long_value_is_cut() -> None:
    assert shown(PLAIN.text("x" * 9999)) == "x" * (LONGEST_VALUE - 1) + "…"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://ci.example.com/o/r/42", "https://ci.example.com/o/r/42"),
        ("http://host:5000/#/runs/1?a=b&c=d", "http://host:5000/#/runs/1?a=b&amp;c=d"),
        ("https://h/a)b>c|d`e\\f[g", "https://h/a%29b%3Ec%7Cd%60e%5Cf%5Bg"),
    ],
)
def test_a_link_leads_to_its_address_alone(url: str, target: str) -> None:
    assert PLAIN.link(Link("run", url)) == f"[run](<{target}>)"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "//h",
        "https://",
        "https://u:p@h/",
        "https://h/ x",
        "https://h/\n",
        "http://[",
    ],
)
def test_of_a_link_that_leads_nowhere_good_only_the_words_are_left(url: str) -> None:
    assert PLAIN.value(Link("run", url)) == "run"


def test_a_secret_is_masked_before_it_is_escaped_or_cut() -> None:
    redactor = Redactor()
    redactor.learn("p@ss|w*rd")
    markdown = Markdown(redactor)
    long = "x" * (LONGEST_VALUE - 4) + "p@ss|w*rd"

    for written in (markdown.text("a p@ss|w*rd"), markdown.code("p@\x00ss|w*rd"), markdown.text(long)):
        assert "******" in shown(written) or "****…" in shown(written) or "***…" in shown(written)
        assert "p@s" not in shown(written)
    assert "p%40" not in markdown.link(Link("x", "https://h/p@ss|w*rd"))


# Blocks


def test_a_table_keeps_its_columns_whatever_its_values_are() -> None:
    table = Table(("a|b", "c"), [("x|\ny", Code("`|`")), ("", "z")])
    lines = write_blocks([table], PLAIN, 9999).split("\n")

    assert [line.count("|") for line in lines] == [3, 3, 3, 3]


def test_lines_as_they_are_stay_so_and_in_their_frame() -> None:
    written = write_blocks([Preformatted("\n/close\n\n  <b>&amp;</b> </pre> @x\n")], PLAIN, 9999)

    assert written.startswith("<pre>")
    assert written.endswith("</pre>")
    inner = written.removeprefix("<pre>").removesuffix("</pre>")
    assert not re.search("[<>@/]", inner)
    assert html.unescape(inner) == "/close\n\n  <b>&amp;</b> </pre> @x\n"


def test_blocks_stand_apart() -> None:
    blocks: list[Block] = [Paragraph(("see", Code("x"))), Table(("a",), [("b",)])]

    assert write_blocks(blocks, PLAIN, 9999) == "see <code>x</code>\n\n| a |\n| --- |\n| b |"


@hypothesis.given(
    room=st.integers(60, 600),
    rows=st.lists(st.text(max_size=30), max_size=20),
    text=st.text(max_size=300),
)
def test_what_does_not_fit_is_cut_between_rows_and_lines(room: int, rows: list[str], text: str) -> None:
    blocks: list[Block] = [Table(("name",), [(row,) for row in rows]), Preformatted(text)]
    written = write_blocks(blocks, PLAIN, room)
    whole = write_blocks(blocks, PLAIN, 10**6)

    assert size(written) <= room
    assert written.count("<pre>") == written.count("</pre>")
    if written != whole:
        assert written.endswith(MORE)
        assert whole.startswith(written.removesuffix(MORE).removesuffix("</pre>"))


def test_a_line_without_end_is_cut() -> None:
    assert size(write_blocks([Preformatted("x" * 10**6)], PLAIN, 65_000)) < LONGEST_LINE + 20
