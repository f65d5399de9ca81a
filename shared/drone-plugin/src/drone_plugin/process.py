"""The one door to other programs: a list of arguments, a chosen environment, a limit for time and output."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, Self, TypedDict, Unpack

from drone_plugin.clock import Clock, SystemClock, spell_duration
from drone_plugin.errors import BUG, JobFailedError, PluginError, TimeLimitError
from drone_plugin.pump import OutOfTimeError, Pump, end_group
from drone_plugin.sinks import TAIL, Lines, OverflowingError, Tail, Whole
from drone_plugin.surroundings import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from drone_plugin.environment import Environment
    from drone_plugin.pump import Sink

TIMEOUT: Final = 600.0
"""Seconds that a command may take when its caller does not say."""
OUTPUT_LIMIT: Final = 16 * 2**20
"""Bytes of standard output that are captured. Output that was cut is no result, so more is an error."""
SHOWN_LINE: Final = 16 * 2**10
"""Characters of one relayed line that are handed on."""
SHOWN_LINES: Final = 20
SHOWN_CHARACTERS: Final = 4000


class Options(TypedDict, total=False):
    """What every way to run a command takes."""

    cwd: Path
    """Where it runs; the workspace by default."""
    variables: Mapping[str, str]
    """Environment variables to set, over those that every command gets."""
    pass_on: Collection[str]
    """Names of our own environment variables that the command gets, too."""
    stdin: bytes
    """What it reads; by default the end of input at once."""
    timeout: float
    """Seconds; `TIMEOUT` by default."""
    accept: Collection[int]
    """Exit codes that are no failure; 0 alone by default."""


class StepDoors(Protocol):
    """The part of a `Step` that is needed here."""

    @property
    def environment(self) -> Environment: ...  # noqa: D102 - as in Step
    @property
    def workspace(self) -> Path: ...  # noqa: D102 - as in Step
    @property
    def redactor(self) -> Callable[[str], str]: ...  # noqa: D102 - as in Step
    @property
    def clock(self) -> Clock: ...  # noqa: D102 - as in Step


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    command: tuple[str, ...]
    exit_code: int
    """Negative: the number of the signal that ended it."""
    stdout: bytes
    """All of it where it was captured; its end where it was relayed."""
    stderr: bytes
    """The last 64 KiB of it."""

    @property
    def text(self) -> str:
        """Standard output as text, without the end of its last line."""
        return self.stdout.decode("utf-8", "replace").rstrip("\n")


class CommandError(JobFailedError):
    """A command ended with a code that its caller did not expect; `finished` has what it printed."""

    def __init__(self, message: str, finished: Finished) -> None:
        """`message` is without secrets; `finished` is as it was."""
        super().__init__(message)
        self.finished = finished


class NoSuchCommandError(PluginError):
    """The program is not there, or cannot be started."""

    exit_code = BUG
    """An image that lacks a program of its plugin is a bug of ours."""


class Processes:
    """Runs programs for a step.

    They get an environment of a few harmless variables (`surroundings.child_environment`), are looked for
    outside of the workspace only, run in a process group of their own, and leave nothing behind: when the
    command ends, runs out of time, or the step is interrupted, its whole group is ended.
    """

    def __init__(
        self,
        environment: Environment,
        workspace: Path,
        *,
        redact: Callable[[str], str],
        clock: Clock | None = None,
    ) -> None:
        """`redact` takes the secrets out of commands and output before either stands in an error."""
        self._environment = environment
        self._workspace = workspace
        self._redact = redact
        self._clock = clock or SystemClock()

    @classmethod
    def of(cls, step: StepDoors) -> Self:
        """For a plugin's step: its environment, workspace, redactor and clock."""
        return cls(step.environment, step.workspace, redact=step.redactor, clock=step.clock)

    def run(
        self, command: Sequence[str], *, limit: int = OUTPUT_LIMIT, **options: Unpack[Options]
    ) -> Finished:
        """Run `command` and capture its standard output, of at most `limit` bytes.

        Raises CommandError for an exit code that `accept` lacks, TimeLimitError after `timeout`,
        NoSuchCommandError, and JobFailedError for more output than `limit`.
        """
        whole = Whole(limit)
        return self._run(command, whole, whole.value, options, Tail())

    def stream(self, command: Sequence[str], sink: Sink, **options: Unpack[Options]) -> Finished:
        """Run `command` and hand its standard output on in pieces, as it comes; raises as `run`."""
        tail = Tail()

        def both(data: bytes) -> None:
            tail(data)
            sink(data)

        return self._run(command, both, tail.value, options, Tail())

    def relay(
        self, command: Sequence[str], say: Callable[[str], None], **options: Unpack[Options]
    ) -> Finished:
        """Run `command` and hand each line of what it prints, on either stream, to `say` (a log's method).

        The lines are without secrets. A carriage return ends one, so that a progress bar shows. Raises as
        `run`.
        """
        tail, lines = Tail(), Lines(lambda line: say(_shown(self._redact(line))))

        def both(data: bytes) -> None:
            tail(data)
            lines(data)

        try:
            return self._run(command, both, tail.value, options, None)
        finally:
            lines.finish()

    def spell(self, command: Sequence[str]) -> str:
        """The command as one would type it, without secrets."""
        return self._redact(shlex.join(command))

    def _run(
        self,
        command: Sequence[str],
        stdout: Sink,
        printed: Callable[[], bytes],
        options: Options,
        errors: Tail | None,
    ) -> Finished:
        timeout = options.get("timeout", TIMEOUT)
        process = self._start(command, options, merged=errors is None)
        pump = Pump(process, self._clock, timeout)
        try:
            pump.feed(options.get("stdin", b""))
            pump.read(process.stdout, stdout)
            if errors is not None:
                pump.read(process.stderr, errors)
            pump.run()
        except OutOfTimeError:
            text = f"{self.spell(command)} was stopped after {spell_duration(timeout)}"
            raise TimeLimitError(_with_output(text, self._ends(printed(), errors))) from None
        except OverflowingError as overflow:
            text = f"{self.spell(command)} printed more than {overflow.limit} bytes"
            raise JobFailedError(text) from None
        finally:
            # Also after a good end: what a command left in the background must not outlive it.
            code = end_group(process)
            pump.close()
        finished = Finished(tuple(command), code, printed(), errors.value() if errors else b"")
        if code not in options.get("accept", (0,)):
            how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
            text = _with_output(f"{self.spell(command)} {how}", self._ends(finished.stdout, errors))
            raise CommandError(text, finished)
        return finished

    def _start(self, command: Sequence[str], options: Options, *, merged: bool) -> subprocess.Popen[bytes]:
        variables = child_environment(
            self._environment,
            self._workspace,
            pass_on=options.get("pass_on", ()),
            variables=options.get("variables", {}),
        )
        program = shutil.which(command[0], path=variables["PATH"])
        if program is None:
            raise NoSuchCommandError(f"{command[0]} is not in {variables['PATH']}")
        try:
            return subprocess.Popen(  # noqa: S603 - a list of arguments, never a shell
                [program, *command[1:]],
                cwd=options.get("cwd", self._workspace),
                env=variables,
                stdin=subprocess.PIPE if options.get("stdin") else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if merged else subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise NoSuchCommandError(f"{self.spell(command)} cannot be started: {error.strerror}") from None
        except ValueError as error:  # a NUL byte in an argument
            raise NoSuchCommandError(f"{self.spell(command)} cannot be started: {error}") from None

    def _ends(self, stdout: bytes, errors: Tail | None) -> list[str]:
        """The last lines of both outputs: what a program says of its failure stands there."""
        lines: list[str] = []
        for data in (stdout, errors.value() if errors else b""):
            text = self._redact(data[-TAIL:].decode("utf-8", "replace"))
            lines += text[-SHOWN_CHARACTERS:].splitlines()[-SHOWN_LINES:]
        return [line for line in lines if line.strip()]


def _shown(line: str) -> str:
    return line if len(line) <= SHOWN_LINE else f"{line[:SHOWN_LINE]} … (cut)"


def _with_output(text: str, lines: list[str]) -> str:
    return "\n".join([f"{text}:" if lines else text, *(f"  {line}" for line in lines)])
