"""Handlers of Python's `logging` made before a step begins, as by `logging.basicConfig()` at import.

They keep the stream of that time and would print past the redactor.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import io
    import logging
    from collections.abc import Iterator


@contextmanager
def early_handlers_write_to(stream: io.TextIOBase) -> Iterator[None]:
    """Give `stream`, for a block, to every handler that writes to the process's own streams.

    Enter it before these are replaced. Costs nothing where nobody has imported `logging`.
    """
    own = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    moved = [(handler, handler.stream) for handler in _handlers() if handler.stream in own]
    for handler, _ in moved:
        handler.setStream(stream)
    try:
        yield
    finally:
        for handler, before in moved:
            handler.setStream(before)


def _handlers() -> list[logging.StreamHandler[io.TextIOBase]]:
    if "logging" not in sys.modules:
        return []
    import logging  # noqa: PLC0415 - imported already, see above

    known = [logging.getLogger(), *logging.getLogger().manager.loggerDict.values()]
    handlers = [handler for one in known if isinstance(one, logging.Logger) for handler in one.handlers]
    return [handler for handler in dict.fromkeys(handlers) if isinstance(handler, logging.StreamHandler)]
