"""Numbers and JSON as Go prints them."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | datetime | Sequence[Value] | Mapping[str, Value] | None"

# encoding/json keeps itself safe inside of HTML and JavaScript.
_HTML_SAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def format_float(number: float) -> str:
    """`strconv.FormatFloat(number, 'g', -1, 64)`: the shortest digits, an exponent below -4 and from 6 on."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "+Inf" if number > 0 else "-Inf"
    return _plain_or_exponent(number, lowest=-4, first_too_large=6, exponent_digits=2)


def json_float(number: float) -> str:
    """A number as encoding/json writes it: an exponent below -6 and from 21.

    Raises:
        ValueError: JSON has no infinity and no NaN.
    """
    if not math.isfinite(number):
        raise ValueError(f"JSON has no {format_float(number)}")
    return _plain_or_exponent(number, lowest=-6, first_too_large=21, exponent_digits=1)


def _plain_or_exponent(number: float, *, lowest: int, first_too_large: int, exponent_digits: int) -> str:
    sign, digits, _ = Decimal(repr(number)).as_tuple()
    exponent = Decimal(repr(number)).adjusted() if number else 0
    if lowest <= exponent < first_too_large:
        text = f"{Decimal(repr(number)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    figures = "".join(map(str, digits)).rstrip("0")
    mantissa = figures[0] + (f".{figures[1:]}" if figures[1:] else "")
    return (
        f"{'-' if sign else ''}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):0{exponent_digits}d}"
    )


def timestamp(moment: datetime) -> str:
    """A moment as RFC 3339, with the fraction only where there is one."""
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def to_json(value: Value) -> str:
    """Compact JSON with sorted keys and `&`, `<` and `>` escaped, as encoding/json writes a map."""
    match value:
        case None | bool() | int():
            text = json.dumps(value)
        case float():
            text = json_float(value)
        case str() | datetime():
            plain = value if isinstance(value, str) else timestamp(value)
            text = json.dumps(plain, ensure_ascii=False).translate(_HTML_SAFE)
        case Mapping():
            pairs = sorted(value.items(), key=lambda pair: pair[0].encode())
            text = "{" + ",".join(f"{to_json(key)}:{to_json(item)}" for key, item in pairs) + "}"
        case _:
            text = "[" + ",".join(map(to_json, value)) + "]"
    return text
