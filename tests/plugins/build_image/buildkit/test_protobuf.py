from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_image.buildkit.protobuf import (
    Message,
    WireError,
    bytes_field,
    message_field,
    number_field,
    text_field,
)

FIELDS = st.integers(1, 2**29 - 1)


# The examples of protobuf.dev, "Encoding": a message whose field 1 is 150, one whose field 2 is "testing".
@pytest.mark.parametrize(
    ("encoded", "expected"),
    [(number_field(1, 150), "089601"), (text_field(2, "testing"), "120774657374696e67")],
)
def test_fields_are_written_as_the_specification_says(encoded: bytes, expected: str) -> None:
    assert encoded.hex() == expected


@pytest.mark.parametrize("encoded", [number_field(1, 0), bytes_field(1, b""), text_field(1, "")])
def test_what_an_absent_field_means_is_not_written(encoded: bytes) -> None:
    assert encoded == b""


@given(FIELDS, st.integers(-(2**63), 2**63 - 1))
def test_a_number_comes_back(field: int, number: int) -> None:
    assert Message(number_field(field, number)).signed(field) == number


@given(FIELDS, st.binary())
def test_bytes_come_back(field: int, data: bytes) -> None:
    assert Message(bytes_field(field, data)).data(field) == data


@given(st.binary())
def test_text_that_is_no_utf_8_comes_back(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")

    assert Message(text_field(1, text)).text(1) == text


def test_an_empty_message_is_not_an_absent_one() -> None:
    assert Message(b"").message(3) is None
    assert Message(message_field(3, b"")).message(3) is not None


def test_of_a_field_that_comes_twice_the_last_counts_and_all_can_be_had() -> None:
    message = Message(text_field(1, "a") + text_field(1, "b"))

    assert message.text(1) == "b"
    assert message.repeated(1) == [b"a", b"b"]


def test_fields_of_fixed_length_are_passed_over() -> None:
    message = Message(b"\x09" + bytes(8) + b"\x15" + bytes(4) + number_field(3, 7))

    assert message.number(3) == 7


@pytest.mark.parametrize("data", [b"\x08", b"\x0a\x05abc", b"\x0b", b"\x09\0", b"\x08" + b"\xff" * 11])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        Message(data)


@given(st.binary())
def test_no_bytes_do_harm(data: bytes) -> None:
    with suppress(WireError):
        Message(data)
