"""One way to fail: each error says what happened, which setting or object it concerns and what to do.

The exit code of an error is part of a plugin's interface, documented and stable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

DONE = 0
BUG = 70
SIGNAL_BASE = 128
"""A process that a signal ended exits with this plus the signal's number, as a shell reports it."""


class PluginError(Exception):
    """The base of all errors that are not bugs: printed as text, never as a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        """`message` says what happened and to what; `hint`, printed below it, what to do."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def lines(self) -> list[str]:
        """The text as it is printed: what happened, then what to do."""
        return [*self.message.splitlines(), *self.hint.splitlines()]


class JobFailedError(PluginError):
    """The job that the plugin does failed: the training raised, the Dockerfile did not build."""

    exit_code = 1


class SettingsError(PluginError):
    """Settings are wrong. All of a step's problems are reported together."""

    exit_code = 2

    def __init__(self, problems: str | Iterable[str], *, hint: str = "") -> None:
        """Each problem is one line in the words of the YAML: `settings.timeout: …`."""
        lines = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(lines), hint=hint)


class FindingsError(PluginError):
    """The check found what it looks for: secrets in the tree, a gate that was not passed."""

    exit_code = 3


class UnreachableError(PluginError):
    """A remote system stayed unreachable: a retry may help."""

    exit_code = 4


class TimeLimitError(PluginError):
    """A time limit of the step's own settings ended the work."""

    exit_code = 5


class RefusedError(PluginError):
    """A remote system refused: credentials or permissions are wrong, and a retry will not help."""

    exit_code = 6


class Interrupted(BaseException):
    """SIGTERM or SIGINT arrived. Clean up within seconds and let it pass."""

    def __init__(self, signal_name: str, signal_number: int) -> None:
        """`signal_number` decides the exit code: 128 more than it."""
        super().__init__(signal_name)
        self.signal_name = signal_name
        self.hint = ""
        """What to do, for the last lines; whoever cleans up may set it."""
        self.exit_code = SIGNAL_BASE + signal_number
