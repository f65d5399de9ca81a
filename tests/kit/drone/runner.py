"""Run a `.drone.yml` on a Docker engine, as Drone's docker runner does.

Three things are kinder here, so that a test is the same every time: a step's log is read to its end (the
runner does not wait for the last lines), images that `images` names are never pulled, and a step that waits
for a service waits until its container has started.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from docker.errors import DockerException

from drone_plugin.testing.environment import Context, Secret, step_environment
from drone_plugin.testing.steplog import StepLog, mask_pattern
from kit.drone import script
from kit.drone.checkout import Repository, archive, clone
from kit.drone.pipeline import Step
from kit.drone.plan import CLONE, Plan
from kit.drone.result import PipelineResult, StepResult
from kit.drone.sandbox import Killed, Sandbox
from kit.drone.state import CANCELLED, TIMED_OUT, State
from kit.engine import Engine

_FAIL_FAST = {"fast", "fast-fail", "fail-fast"}


@dataclass(frozen=True)
class Options:
    """How to run, beside what.

    `workspace_source` is a folder to copy or a repository to clone; `images` maps an image in the YAML to a
    local one; `add_hosts` maps names to addresses; `timeout` is in seconds; an untrusted repository may not
    mount folders of the host. `on_step` gets each step when it is over, `on_text` a step's name and masked
    output as it comes, both from the threads of the steps.
    """

    engine: Engine
    workspace_source: Path | Repository | None = None
    secrets: Mapping[str, str | Secret] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    add_hosts: Mapping[str, str] = field(default_factory=dict)
    runner_environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 3600
    trusted: bool = True
    on_step: Callable[[StepResult], None] | None = None
    on_text: Callable[[str, str], None] | None = None


class PipelineRun:
    """A pipeline that runs in the background from the moment it is made.

    As a context manager it is cancelled where the block is left before its end.
    """

    def __init__(self, plan: Plan, context: Context, options: Options) -> None:
        self._plan = plan
        self._options = options
        self._state = State(plan.steps)
        self._over = {name: threading.Event() for name in plan.waits_for}
        self._sandbox = Sandbox(
            options.engine, volumes=plan.pipeline.volumes, images=options.images, add_hosts=options.add_hosts
        )
        self.id = self._sandbox.id
        self._context = replace(context, network=self._sandbox.network, volume=self._sandbox.volume)
        everything = (*plan.pipeline.services, *plan.pipeline.steps)
        self._mask = mask_pattern(
            context.secrets.get(secret, "")
            for step in everything
            for secret in (*step.environment.secrets.values(), *step.settings.secrets.values())
        )
        # Every step of the plan may block a thread, and one more waits for all of them.
        self._pool = ThreadPoolExecutor(len(plan.waits_for) + 1, thread_name_prefix="pipeline")
        self._result = self._pool.submit(self._run)

    def cancel(self) -> None:
        """Kill every container and start no other, as a cancelled build does."""
        self._kill(CANCELLED)

    def wait(self) -> PipelineResult:
        """The result; everything that the run made on the engine is gone by then."""
        try:
            return self._result.result()
        finally:
            self._end()  # Ctrl-C and a test's time limit end the wait, and must end the containers too

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if not self._result.done():
            self.cancel()
            wait([self._result])
        self._pool.shutdown()

    def _kill(self, exit_code: int) -> None:
        self._state.kill(exit_code)
        self._sandbox.kill()

    def _run(self) -> PipelineResult:
        attached, detached = self._submit()
        try:
            _, late = wait(attached, timeout=self._options.timeout)
            if late:
                self._kill(TIMED_OUT)
                wait(attached)
            self._state.close()
            files = self._sandbox.workspace.files()
        finally:
            self._sandbox.kill()
            wait(detached)  # none of them may make a container when everything is gone
            self._sandbox.remove()
        for future in (*attached, *detached):
            future.result()  # a bug of the kit in one of the threads
        results = self._state.results()
        return PipelineResult(self._plan.pipeline.name, self._state.status(), results, files, self.id)

    def _submit(self) -> tuple[list[Future[None]], list[Future[None]]]:
        attached: list[Future[None]] = []
        detached: list[Future[None]] = []
        matching = {step.name: step for step in self._plan.steps}
        for name in self._plan.waits_for:
            step = matching.get(name)
            future = self._pool.submit(self._take_turn, name, step)
            (detached if step and step.detach else attached).append(future)
        return attached, detached

    def _take_turn(self, name: str, step: Step | None) -> None:
        try:
            for dependency in self._plan.waits_for[name]:
                self._over[dependency].wait()
            if step and not self._state.killed and self._state.is_pending(name):
                self._decide(step)
        finally:
            self._over[name].set()

    def _decide(self, step: Step) -> None:
        failed = self._state.failed_steps()
        if not step.when.runs_on(failing=bool(failed)):
            self._state.skip(step.name)
        else:
            self._run_step(step, self._context.failing(failed) if failed else self._context)
        if self._options.on_step and not step.detach:
            self._options.on_step(self._state.result(step.name))

    def _run_step(self, step: Step, context: Context) -> None:
        environment = _environment(step, context, self._state.number(step.name))
        on_text = self._options.on_text
        log = StepLog(self._mask, (lambda text: on_text(step.name, text)) if on_text else None)
        self._state.start(step.name, environment, log)
        try:
            if step.name == CLONE:
                self._state.finish(CLONE, self._clone(log))
            elif step.detach:
                self._sandbox.run(step, environment, log, started=self._over[step.name].set)
            else:
                end = self._sandbox.run(step, environment, log)
                self._state.finish(step.name, end.code, oom_killed=end.oom_killed)
                if end.code and step.failure in _FAIL_FAST:
                    self._kill(TIMED_OUT)
        except Killed:
            return
        except DockerException as error:
            self._state.fail(step.name, str(error), detached=step.detach)

    def _clone(self, log: StepLog) -> int:
        """Fill the workspace from the host; no image with git is needed."""
        source = self._options.workspace_source
        if isinstance(source, Path):
            self._sandbox.workspace.fill(archive(source))
        if not isinstance(source, Repository):
            return 0
        outcome = clone(source, self._context.build)
        for line in outcome.log.splitlines(keepends=True):
            log.write(line.encode())
        if outcome.exit_code == 0:
            self._sandbox.workspace.fill(outcome.archive)
        return outcome.exit_code


def _environment(step: Step, context: Context, number: int) -> dict[str, str]:
    settings = step.settings
    if step.commands:
        settings = replace(
            settings, values={**settings.values, "DRONE_SCRIPT": script.shell_script(step.commands)}
        )
    return step_environment(
        context,
        name=step.name,
        number=number,
        now=int(time.time()),
        settings=settings,
        environment=step.environment,
    )
