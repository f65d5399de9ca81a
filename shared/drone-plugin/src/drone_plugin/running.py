"""Being a plugin: preamble, decision, error boundary, exit codes, signals, and a quiet end."""

from __future__ import annotations

import contextlib
import signal
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Generic, TypeVar, cast

from drone_plugin import environment as process_environment
from drone_plugin import names
from drone_plugin.build import Build, read_build
from drone_plugin.card import Card, CardError, send, takes_cards
from drone_plugin.clock import Clock, SystemClock
from drone_plugin.early_logging import early_handlers_write_to
from drone_plugin.errors import BUG, DONE, Interrupted, PluginError
from drone_plugin.files import write_whole
from drone_plugin.lines import DRONE_KEEPS, LineStream
from drone_plugin.log import Log
from drone_plugin.netrc import clone_secrets
from drone_plugin.output import write_outputs
from drone_plugin.pod import with_state
from drone_plugin.redact import SHORTEST, Redactor
from drone_plugin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from drone_plugin.environment import Environment
    from drone_plugin.proxies import Proxies
    from drone_plugin.trigger import Decision

S = TypeVar("S", bound=Settings)

HOLD = 0.1
HOLD_AFTER_BURST = 0.3
"""Seconds before the end: Drone copies a log beside the step and does not wait for the copy (runner-docker
`engine/engine.go`), so that the last lines of a container that is gone at once are lost now and then.
Without a CI platform nobody copies."""


@dataclass
class Step(Generic[S]):
    """What a plugin's work gets: settings, build, log, and the doors to time and files."""

    settings: S
    build: Build
    decision: Decision
    log: Log
    redactor: Redactor
    environment: Environment
    clock: Clock
    workspace: Path
    _card_sent: bool = field(default=False, init=False, repr=False)

    def output(self, values: Mapping[str, str]) -> None:
        """Hand facts to later steps where the platform has step outputs; a secret in one is masked.

        A file that cannot be written is a warning: the work is done by then.
        """
        masked = {self.redactor(name): self.redactor(value) for name, value in values.items()}
        for name, value in masked.items():
            if value != values.get(name, value):
                self.log.warning(f"the output {name} held a secret, which is masked")
        try:
            write_outputs(self.environment, masked)
        except OSError as error:
            self.log.warning(f"no step outputs: DRONE_OUTPUT cannot be written: {error.strerror}")

    def proxies(self) -> Proxies:
        """The runner's proxies, for HTTP of the step; passwords in their addresses are masked from now on."""
        from drone_plugin.proxies import Proxies  # noqa: PLC0415 - most steps ask no server

        proxies = Proxies.read(self.environment)
        for secret in proxies.secrets():
            self.redactor.learn(secret)
        return proxies

    def card(self, card: Card) -> None:
        """Show `card` beside the log; without a template, or where there are no cards, its text in the log.

        A step has one card: of two, Drone would store neither, so the second is a warning, and a bug in a
        step whose log level is `debug`. What the server would drop is a warning too: the work is done.
        """
        if self._card_sent:
            if self.log.level == "debug":
                raise RuntimeError("a step has one card, and this is the second")
            self.log.warning("no second card: a step has one")
            return
        if card.template_url and takes_cards(self.environment):
            try:
                send(card, self.environment, self.log.stream)
            except CardError as error:
                self.log.warning(f"no card: {error}")
            except OSError as error:
                self.log.warning(f"no card: DRONE_CARD_PATH cannot be written: {error.strerror}")
            else:
                self._card_sent = True
                return
        for line in card.text:
            self.log.info(line)

    def write(self, path: Path, text: str) -> None:
        """Put a report at `path`, whole and without secrets; folders are made.

        Raises OSError as the file system does.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, self.redactor(text))


@dataclass(frozen=True)
class Plugin(Generic[S]):
    """A plugin: its name, its settings, how it decides whether there is work, and the work.

    `work` should import what is heavy itself: a step with nothing to do never pays for it.
    """

    name: str
    version: str
    settings: type[S]
    decide: Callable[[S, Build], Decision]
    work: Callable[[Step[S]], None]
    clock: Clock = field(default_factory=SystemClock)


def run(plugin: Plugin[S], environment: Environment | None = None, stdout: BinaryIO | None = None) -> int:
    """Run the step and return its exit code. All that is printed meanwhile goes through the redactor."""
    env = with_state(process_environment.current()) if environment is None else environment
    redactor = Redactor()
    for secret in clone_secrets(env):
        redactor.learn(secret)
    build = read_build(env)
    limit = DRONE_KEEPS if build.platform == "drone" else None
    stream = LineStream(stdout or sys.stdout.buffer, redactor, plugin.clock, limit=limit)
    log = Log(stream, plugin.clock, colour=_colour(env, build))
    with (
        _signals() as ignore,
        early_handlers_write_to(stream),
        contextlib.redirect_stdout(stream),
        contextlib.redirect_stderr(stream),
    ):
        try:
            code = _guarded(plugin, env, build, log, redactor)
            # A signal that comes now changes nothing any more: the work is done and its code is known.
            ignore()
        except Interrupted as interrupted:
            log.error([f"stopped by {interrupted.signal_name}"], interrupted.hint.splitlines())
            code = interrupted.exit_code
        stream.finish()
        if build.platform != "none":
            plugin.clock.sleep(HOLD_AFTER_BURST if stream.burst() else HOLD)
    return code


def _guarded(plugin: Plugin[S], env: Environment, build: Build, log: Log, redactor: Redactor) -> int:
    """The error boundary: a user's mistake is printed as text, a bug with its traceback."""
    try:
        return _flow(plugin, env, build, log, redactor)
    except PluginError as error:
        # Masked before the lines are taken apart: a secret may go over several.
        log.error(redactor(error.message).splitlines(), redactor(error.hint).splitlines())
        return error.exit_code
    # The boundary: what is not foreseen is a bug of ours. A library's sys.exit must not choose the exit code.
    except (Exception, SystemExit):  # noqa: BLE001 - see above
        log.error([f"this is a bug of {plugin.name} {plugin.version}; please report it with the lines below"])
        log.outcome(traceback.format_exc().rstrip("\n"))
        return BUG


def _flow(plugin: Plugin[S], env: Environment, build: Build, log: Log, redactor: Redactor) -> int:
    """Shapes of all settings, then whether there is anything to do, then credentials, then the work."""
    for text in plugin.settings.secret_texts(env):
        redactor.learn(text)
    if names.given(env)[0].get("log_format") == "json":  # before the settings: they may be what is wrong
        log.as_json()
    settings = plugin.settings.load(env)
    log.level = settings.log_level
    too_short = [name for name, value in settings.secret_values() if not redactor.learn(value)]
    decision = plugin.decide(settings, build)
    if not decision.act:
        for warning in decision.warnings:
            log.warning(warning)
        log.outcome(f"{plugin.name}: nothing to do: {decision.reason}")
        return DONE
    log.info(f"{plugin.name} {plugin.version} · {build}")
    log.info(decision.reason)
    _show_settings(settings, log)
    for warning in (*decision.warnings, *settings.warnings):
        log.warning(warning)
    for name in too_short:
        log.warning(
            f"settings.{name} is shorter than {SHORTEST} characters, too short to be masked in this log"
        )
    settings.require()
    workspace = Path(env.get("DRONE_WORKSPACE") or env.get("CI_WORKSPACE") or Path.cwd())
    plugin.work(Step(settings, build, decision, log, redactor, env, plugin.clock, workspace))
    return DONE


def _show_settings(settings: Settings, log: Log) -> None:
    """What the YAML set, one a line; what holds by default behind it, in one line."""
    rows = list(settings.effective())
    log.fields((name, text) for name, text, given in rows if given)
    defaults = ", ".join(f"{name} {text}" for name, text, given in rows if not given)
    log.fields([("defaults", defaults)], level="debug")


def _colour(env: Environment, build: Build) -> bool:
    """Build logs are no terminal, yet Drone's and Woodpecker's pages show colours."""
    if env.get("NO_COLOR"):
        return False
    return build.platform != "none" or sys.stdout.isatty()


@contextlib.contextmanager
def _signals() -> Iterator[Callable[[], None]]:
    """Turn SIGTERM and SIGINT into an exception: as process 1, Python would ignore the first without a word.

    Only once: a second signal while cleaning up must not tear that apart; a runner that wants an end kills.
    Calling what this yields makes the first one mean nothing either.
    """
    seen = False

    def interrupt(number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        if not seen:
            seen = True
            raise Interrupted(signal.Signals(number).name, number)

    def ignore() -> None:
        nonlocal seen
        seen = True

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ignore
    finally:
        for number, handler in before.items():
            signal.signal(number, cast("signal.Handlers", handler))
