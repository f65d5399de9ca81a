"""Why a request got no answer, out of the nested texts of requests and urllib3."""

from __future__ import annotations

import re

_SYSTEM = re.compile(r"\[(?:Errno -?\d+|SSL: \w+)\] ([^'\"()\n]+)")


def reason(error: BaseException) -> str:
    """What the system said (`Connection refused`), else the first line of the error's own text."""
    text = str(error).strip() or type(error).__name__
    said = _SYSTEM.findall(text)
    return str(said[-1]).strip() if said else text.splitlines()[0]
