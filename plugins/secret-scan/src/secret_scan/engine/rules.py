"""Rules: a detector, and what must be in a line for it to find something there."""

from __future__ import annotations

import re

from secret_scan.detectors.assignment import AssignmentDetector
from secret_scan.detectors.base import Detector
from secret_scan.detectors.chance import Base64Detector, HexDetector
from secret_scan.detectors.named import NamedDetector
from secret_scan.detectors.structured import JwtDetector
from secret_scan.detectors.urls import ConnectionStringDetector, UrlDetector
from secret_scan.engine.triggers import Trigger, literals, pattern


def triggers_of(detector: Detector) -> tuple[Trigger, ...]:
    """The triggers of a detector: one is in every line with a finding. None: every line is tried.

    A keyword of a detector would do; where keywords are common, more is asked for.
    """
    if not all(map(str.isascii, detector.keywords)):
        return ()  # the case of their letters is not that of bytes
    if fixed := _FIXED.get(type(detector)):
        return fixed
    if isinstance(detector, NamedDetector):
        return _named(detector)
    if isinstance(detector, AssignmentDetector):
        return _assignment(detector)
    if type(detector) in _OF_FORM and _PLAIN.fullmatch(detector.trigger):
        return pattern(_head(detector) + _shortened(detector.trigger), *detector.keywords, cased=True)
    return literals(detector.keywords)


# What a space can be in a line, in the bytes of UTF-8: more than one of them begins with one of the last.
_SPACE = r"\t\x0b-\r\x1c-\x20\x80-\xff"

_FIXED: dict[type[Detector], tuple[Trigger, ...]] = {
    UrlDetector: pattern(r"://[^\s/@]*:[^\s/@]+@", "://"),
    ConnectionStringDetector: pattern(
        rf"(?:password|pwd|accountkey|sharedaccesskey)[{_SPACE}]*=", "password", "pwd", "key"
    ),
    Base64Detector: pattern(r"""["'`][0-9A-Za-z+/_-]{20}""", cased=True),
    HexDetector: pattern(r"""["'`](?:[0-9a-f]{32}|[0-9A-F]{32})""", cased=True),
}

# Those whose pattern is the form's body and nothing but what is around it.
_OF_FORM = frozenset({Detector, JwtDetector})

_PLAIN = re.compile(r"(?:[^\\(]|\\[^\w]|\((?=\?:))*")
"""No class that means more to text than to bytes, and no group but for the order."""

_OPTIONAL_END = re.compile(r"(?:=\?|(?:=|\(\?:[^()]*\))\{0,\d\})+$")
_REPEATED = re.compile(r"\{(\d+),\d*\}")


def _head(detector: Detector) -> str:
    """Of a form that begins where a run of its letters does: that place, so that a run has one match."""
    run = _NOT_AFTER.fullmatch(detector.form.begin)
    return f"(?:^|[^{run[1]})" if run else ""


_NOT_AFTER = re.compile(r"\(\?<!\[([^\\\]^]+\])\)")


def _shortened(body: str) -> str:
    """With its longest repetitions let go: what they end with is all that counts.

    Hyperscan reports every place where a match can end, so the last repetition is as short as it can be.
    """
    body = _OPTIONAL_END.sub("", body)
    last = re.search(r"\{(\d+),\d*\}$", body)
    tail = ""
    if last:
        body, tail = body[: last.start()], f"{{{last[1]}}}"
    return _REPEATED.sub(r"{\1,}", body) + tail


def _named(detector: NamedDetector) -> tuple[Trigger, ...]:
    """A keyword, and the beginning of a value after it."""
    words = "|".join(map(re.escape, detector.keywords))
    value = detector.named.value
    if not _PLAIN.fullmatch(value):
        return literals(detector.keywords)
    least = _REPEATED.sub(r"{\1}", _OPTIONAL_END.sub("", value))
    return pattern(f"(?:{words})[^\\n]*(?:{least})", *detector.keywords)


_PART = r"[\w.\x80-\xff-]{0,250}"
"""Of a name."""


def _assignment(detector: AssignmentDetector) -> tuple[Trigger, ...]:
    """A keyword, the rest of the name, a sign; or an option; or where it has a place, whatever the name."""
    words = "|".join(map(re.escape, detector.keywords))
    rest = rf"""[\w.\x80-\xff-]{{0,250}}["'`\\\[\])|?0-9{_SPACE}]{{0,200}}[=:>!,]"""
    return (
        *pattern(f"(?:{words}){rest}", *detector.keywords),
        *pattern("-[a-z-]{0,30}(?:pass|secret|token|key)[a-z-]{0,20} ", "pass", "secret", "token", "key"),
        *pattern(rf"""["'][{_SPACE}]+value=["']""", "value="),
        *pattern(
            rf"(?:env|set(?:env|x|[{_SPACE}]-[\w\x80-\xff]{{1,36}})?)[{_SPACE}]+{_PART}(?:{words}){_PART}[{_SPACE}]",
            *detector.keywords,
        ),
        *pattern(rf"""\(["'][\w.\x80-\xff-]{{1,250}}["'][{_SPACE}]*,[{_SPACE}]*["']""", "('", '("'),
    )


VIEWED = (NamedDetector, AssignmentDetector)
"""The detectors that also look at the line before, where it has the name of a value."""

VALUE = pattern(
    rf"""value["']?[{_SPACE}]*:|default[{_SPACE}]*=|<(?:value|string)>""", "value", "default", "<string>"
)
"""In every line that is looked at together with the one before."""
