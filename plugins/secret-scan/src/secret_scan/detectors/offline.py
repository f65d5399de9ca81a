"""detect-secrets as it is used here: without its means to try a secret out on a server.

Its plugins import `requests`, to ask AWS, Slack, Stripe and others whether what they have found is valid.
That is never done here, so that they get a stand-in, which can send nothing. It also spares a hook the time
that the import takes, as long as all else.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

__all__ = ["Base64HighEntropyString", "HexHighEntropyString", "RegexBasedDetector"]

_NAME = "requests"


@contextmanager
def _offline() -> Iterator[None]:
    """What is imported in the block takes an empty module for `requests`; what comes after, the real one."""
    real = sys.modules.get(_NAME)
    sys.modules[_NAME] = ModuleType(_NAME, "secret-scan never asks a server")
    try:
        yield
    finally:
        if real is None:
            del sys.modules[_NAME]
        else:
            sys.modules[_NAME] = real


with _offline():
    from detect_secrets.plugins.base import RegexBasedDetector
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString
