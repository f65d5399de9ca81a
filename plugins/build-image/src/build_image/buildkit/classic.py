"""The text of the classic builder as the same events that BuildKit sends.

Source: moby builder/dockerfile/dispatchers.go and evaluator.go: `Step 2/3 : RUN make`, then ` ---> Using
cache` or what the step writes, then ` ---> <id>`. It has no times of its own, so these are of this
machine's clock.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from build_image.buildkit.progress import Output, Vertex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from build_image.buildkit.progress import Event

_STEP = re.compile(r"Step (\d+/\d+) : (.+)")
_USING_CACHE = "---> Using cache"
_OWN_WORDS = (" --->", "Successfully built", "Successfully tagged", "Removing intermediate container")


class ClassicSteps:
    """Follows one build's output."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` in seconds since 1970."""
        self._clock = clock
        self._step: Vertex | None = None

    def decode(self, text: str) -> Iterator[Event]:
        """The events of a piece of output; a step ends when the next one begins."""
        step = _STEP.match(text)
        if step:
            yield from self.end()
            self._step = Vertex(step[1], f"[{step[1]}] {step[2].strip()}", self._clock())
            yield self._step
        elif self._step is not None and _USING_CACHE in text:
            self._step = replace(self._step, is_cached=True)
        elif text.strip() and not text.startswith(_OWN_WORDS):
            yield Output(self._step.digest if self._step else "", text.encode("utf-8", "surrogateescape"))

    def end(self) -> Iterator[Event]:
        """The end of the step that ran last."""
        if self._step is not None:
            yield replace(self._step, completed=self._clock())
            self._step = None
