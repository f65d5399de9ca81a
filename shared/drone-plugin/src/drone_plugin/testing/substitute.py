"""The text substitution that runs over a `.drone.yml` before anything parses it (drone/envsubst)."""

import re
from collections.abc import Callable, Mapping

from drone_plugin.testing.errors import PipelineError

# Scanned from left to right; what none of these matches is copied as it is. `\$` is no escape.
_TOKEN = re.compile(r"\$\{(?P<inner>[^}]*)(?P<close>\}?)|\$\$|\\[\\/]")
_PARAMETER = re.compile(
    r"""(?P<name>[\w-]+)
        (?: (?P<default>=|:[=?+-])(?P<fallback>.*)
          | :(?P<offset>\d+)(?: :(?P<length>\d+))?
          | (?P<casing>\^\^?|,,?)
        )?""",
    re.VERBOSE | re.DOTALL,
)
_CASINGS: Mapping[str, Callable[[str], str]] = {
    "^^": str.upper,
    ",,": str.lower,
    "^": lambda value: value[:1].upper() + value[1:],
    ",": lambda value: value[:1].lower() + value[1:],
}
# Go's %q has a short escape for these, and a numeric one for what cannot be printed.
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_END_OF_ASCII, _END_OF_BASIC_PLANE = 0x80, 0xFFFF


def substitute(text: str, values: Mapping[str, str]) -> str:
    r"""Replace `${NAME}` by its value, an unknown one by nothing; `$$` becomes `$`, `\\` becomes `\`.

    A value of several lines is quoted as a string of Go; one of a single line is pasted raw, so that the YAML
    in it is live. Besides the plain form, defaults, substrings and changes of case are known.

    Raises:
        PipelineError: a form that Drone refuses, or one of its rarer ones (nested, length, pattern) that is
            not re-stated here.
    """

    def replace(match: re.Match[str]) -> str:
        if match["inner"] is None:
            return match.group()[1]
        return _parameter(match, values)

    return _TOKEN.sub(replace, text)


def _parameter(match: re.Match[str], values: Mapping[str, str]) -> str:
    found = _PARAMETER.fullmatch(match["inner"])
    if found is None or not match["close"] or "${" in match["inner"]:
        raise PipelineError(f"bad substitution, or one unknown to the test kit: {match.group()}")
    value = values.get(found["name"], "")
    if "\n" in value:
        value = go_quote(value)
    if found["default"]:
        return value or found["fallback"]
    if found["offset"]:
        end = int(found["offset"]) + int(found["length"]) if found["length"] else None
        return value[int(found["offset"]) : end]
    return _CASINGS[found["casing"]](value) if found["casing"] else value


def go_quote(text: str) -> str:
    """The double-quoted string that Go's `%q` prints."""
    return '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < _END_OF_ASCII:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _END_OF_BASIC_PLANE else f"\\U{code:08x}"
