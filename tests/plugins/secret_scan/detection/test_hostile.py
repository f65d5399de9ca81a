"""Any text at all: no error, and an end in time."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.secrets.look import look
from secret_scan.notebooks import cells

PIECES = st.sampled_from(
    ["password", "token", "=", ":", '"', "'", "\\", "\\n", "\\u00", "%4", "://", "@", "eyJ", ".", "-----BEGIN RSA PRIVATE KEY-----",
     "-----END", "{{", "}}", "${", "<", ">", "\u0130", "\u212a", "\0", "\x1b[31m", "=" * 30, "A" * 60, "0f" * 40, " " * 50, "\n"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join),
    st.sampled_from(["a.py", "a.yml", ""]),
)
def test_any_text_is_looked_at_without_an_error_and_every_place_is_right(text: str, path: str) -> None:
    rows = text.split("\n")
    for seen in look(text, path):
        assert rows[seen.line - 1][seen.column - 1 :].startswith(seen.value.partition("\n")[0])


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["cells", "source", "outputs", "data", "text", "metadata"]), inner
            )
        ),
    )
)
def test_any_json_is_a_notebook_or_says_that_it_is_none(value: object) -> None:
    with suppress(ValueError):
        list(cells(json.dumps(value)))


@pytest.mark.parametrize(
    "piece",
    ["password=", "'a' 'b',", "token: ", "a.b.c(", "-----BEGIN PRIVATE KEY-----", "%41", "\\u0041", "eyJhbGciOi.", "x" * 99 + "/",
     "aws_secret_access_key ", "http://a:b@", "Password=;User Id=", "--token ", 'key="a" value="', '{"name": '],
)  # fmt: skip
def test_a_long_line_of_one_thing_takes_no_time(piece: str) -> None:
    line = piece * (60_000 // len(piece))
    begun = time.process_time()
    look(line, "a.conf")
    assert time.process_time() - begun < 5
