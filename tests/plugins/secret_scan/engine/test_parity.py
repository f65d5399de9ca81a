"""The prefilter leaves nothing out: what is found with it is what is found without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.secrets.matrix import matrix
from secret_scan.detectors import all_detectors
from secret_scan.engine.scan import TextScanner
from secret_scan.engine.text import is_binary, text_of
from secret_scan.engine.triggers import folded

DETECTORS = all_detectors()
PLAIN = TextScanner(DETECTORS, worth_hyperscan=-1)
SLOW = TextScanner(DETECTORS, accelerated=False)
HYPERSCAN = TextScanner(DETECTORS)
HYPERSCAN.prepare()

HERE = Path(__file__).parents[4]


def texts_of_this_repository() -> Iterator[tuple[str, str]]:
    for folder in ("plugins", "shared/drone-plugin", "tests/plugins", "docs", "examples"):
        for path in sorted((HERE / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.stat().st_size < 200_000:
                content = path.read_bytes()
                if not is_binary(content):
                    yield path.name, text_of(content)


@pytest.mark.parametrize("fast", [PLAIN, HYPERSCAN], ids=["re", "hyperscan, or re where it is not"])
def test_on_this_repository(fast: TextScanner) -> None:
    for name, text in texts_of_this_repository():
        assert fast.scan(text, name) == SLOW.scan(text, name), name


_VALUES = st.one_of(
    *(st.from_regex(detector.trigger, fullmatch=True) for detector in DETECTORS[::4] if detector.keywords),
    st.text("0123456789abcdef", min_size=30, max_size=66),
    st.text("0123456789abcdefghijKLMNOPQRSTUVWXYZ+/_-", min_size=16, max_size=70),
    st.from_regex(r"[a-z]{3,9}://[a-z]{1,9}:[A-Za-z0-9]{4,12}@[a-z.]{3,12}", fullmatch=True),
)
_NAMES = st.sampled_from(
    [
        "password",
        "AWS_SECRET_ACCESS_KEY",
        "token",
        "\u212aEY",
        "pa\u017f\u017fword",
        "wandb_api_key",
        "name",
        "value",
        "x",
    ]
)
_SIGNS = st.sampled_from([" = ", ": ", "=", ":=", " => ", "', '", " ", '": "', "\u00a0=\u2003"])
_QUOTES = st.sampled_from(["", '"', "'", "`", "\\n", '\\"'])
_LINES = st.builds(
    lambda name, sign, quote, value: f"{name}{sign}{quote}{value}{quote}", _NAMES, _SIGNS, _QUOTES, _VALUES
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(_LINES, st.text(max_size=30), st.just("- name: DB_PASSWORD")), max_size=6),
    st.sampled_from(["a.py", "b.yml", ".env", "c.txt"]),
)
def test_on_any_text(lines: list[str], name: str) -> None:
    text = "\n".join(lines)
    expected = SLOW.scan(text, name)
    assert PLAIN.scan(text, name) == expected
    assert HYPERSCAN.scan(text, name) == expected


@pytest.mark.parametrize("seed", range(3))
def test_on_every_kind_of_secret_in_every_place(seed: int) -> None:
    for planted in matrix(seed):
        expected = SLOW.scan(planted.text, planted.path)
        assert PLAIN.scan(planted.text, planted.path) == expected, planted
        assert HYPERSCAN.scan(planted.text, planted.path) == expected, planted


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([each for each in DETECTORS if each.keywords]).flatmap(
        lambda each: st.tuples(
            st.sampled_from(each.keywords),
            _SIGNS,
            _QUOTES,
            st.from_regex(each.trigger, fullmatch=True),
            st.sampled_from(["", " ", ".", "\u00e9", "\u0130", ";"]),
        )
    )
)
def test_on_what_each_detector_looks_for(parts: tuple[str, str, str, str, str]) -> None:
    keyword, sign, quote, value, end = parts
    for text in (
        f"{end}{keyword}{sign}{quote}{value}{quote}{end}",
        f"- name: {keyword}\n  value: {value}{end}",
    ):
        expected = SLOW.scan(text, "a.env")
        assert PLAIN.scan(text, "a.env") == expected
        assert HYPERSCAN.scan(text, "a.env") == expected


def test_where_the_name_is_not_written_as_its_keyword() -> None:
    value = "kX7q" + "Zt2mPw9LbV4rNc8s"
    text = f'get("bea_rer", "{value}")  # a token'
    expected = SLOW.scan(text, "a.py")
    assert [one.rule for one in expected] == ["assigned-secret"]
    assert PLAIN.scan(text, "a.py") == expected
    assert HYPERSCAN.scan(text, "a.py") == expected


@pytest.mark.parametrize("filler", ["x = 1; ", "\u00e9tat, "])
def test_on_lines_without_end(filler: str) -> None:
    secrets = [
        planted.value for planted in matrix(1) if planted.context == "quoted" and "\n" not in planted.value
    ]
    line = filler * 400 + "".join(f'token = "{value}"; {filler * 300}' for value in secrets)
    expected = SLOW.scan(line, "a.js")
    assert len(expected) > len(secrets) // 2
    assert PLAIN.scan(line, "a.js") == expected
    assert HYPERSCAN.scan(line, "a.js") == expected


def test_folding_keeps_lines_and_leaves_ascii_alone() -> None:
    assert folded("abc 123\n") == "abc 123\n"
    assert folded("\u212aey \u0661\u0662\n\u017f\u00e9\u0130\u0131\n") == "key 00\ns\u00e9ii\n"
