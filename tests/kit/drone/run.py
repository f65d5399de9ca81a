"""The doors of the runner: a whole pipeline, or one plugin step."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

from drone_plugin.testing import goyaml
from drone_plugin.testing.encode import Settings, decode_settings, settings_from
from drone_plugin.testing.environment import Context, Secret, exposed
from drone_plugin.testing.errors import PipelineError
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.metadata import Stage, System
from drone_plugin.testing.spec import BuildSpec
from drone_plugin.testing.substitute import substitute
from kit.drone.checkout import Repository
from kit.drone.pipeline import Mount, Pipeline, Step, Volume
from kit.drone.plan import find_pipeline, make_plan
from kit.drone.result import PipelineResult, Status, StepResult
from kit.drone.runner import Options, PipelineRun
from kit.engine import Engine

_SYSTEM = System()


class CommonOptions(TypedDict, total=False):
    """The keyword arguments of every door but the engine; `runner.Options` says what they mean."""

    workspace_source: Path | Repository | None
    secrets: Mapping[str, str | Secret]
    images: Mapping[str, str]
    add_hosts: Mapping[str, str]
    runner_environment: Mapping[str, str]
    timeout: float
    trusted: bool
    on_step: Callable[[StepResult], None] | None
    on_text: Callable[[str, str], None] | None


class RunOptions(CommonOptions):
    """The keyword arguments of every door."""

    engine: Engine


class NotTriggeredError(PipelineError):
    """The server would not run the pipeline for this build."""


def run_pipeline(
    yaml_text: str, build: BuildSpec, *, name: str | None = None, **options: Unpack[RunOptions]
) -> PipelineResult:
    """Run the pipeline of that name, or the only one, to its end. One that is not triggered is skipped.

    Raises:
        DroneError: the runner refuses the pipeline before any step.
    """
    try:
        run = start_pipeline(yaml_text, build, name=name, **options)
    except NotTriggeredError as skipped:
        return PipelineResult(str(skipped), Status.SKIPPED)
    return run.wait()


def start_pipeline(
    yaml_text: str, build: BuildSpec, *, name: str | None = None, **options: Unpack[RunOptions]
) -> PipelineRun:
    """Start it and return; `cancel` and `wait` of the result end it.

    Raises:
        NotTriggeredError: the server would not run it.
        DroneError: the runner refuses the pipeline before any step.
    """
    chosen = Options(**options)
    context = _context(build, chosen)
    pipeline = find_pipeline(yaml_text, context.substitutions(now=context.stage.started), name)
    if not pipeline.trigger.match(build, instance=context.system.host):
        raise NotTriggeredError(pipeline.name)
    return _start(pipeline, context, chosen)


def run_step(
    image: str,
    settings: str | Mapping[str, Value],
    build: BuildSpec,
    *,
    workspace: Path | Repository | None = None,
    environment: Mapping[str, str] | None = None,
    volumes: Mapping[str, str] | None = None,
    step_name: str = "plugin",
    **options: Unpack[RunOptions],
) -> StepResult:
    """Run one plugin step of a local image, after the clone, and return it with the files that it left.

    `settings` is YAML text or Python values; `environment` is the step's own; `volumes` maps paths of the
    host to paths in the container; the socket of the machine's engine means that of the engine in use.

    Raises:
        PipelineError: the clone failed.
    """
    workspace_source = workspace or options.get("workspace_source")
    chosen = replace(Options(**options), workspace_source=workspace_source)
    context = _context(build, chosen)
    paths = dict(volumes or {})
    step = Step(
        name=step_name,
        image=image,
        settings=_settings(settings, context),
        environment=Settings(environment or {}),
        volumes=tuple(Mount(host, path) for host, path in paths.items()),
    )
    pipeline = Pipeline("default", (step,), volumes=tuple(Volume(host, host=host) for host in paths))
    images = {image: image, **chosen.images}
    result = _start(pipeline, context, replace(chosen, images=images)).wait()
    if not result.steps[0].passed and result.status is not Status.KILLED:
        raise PipelineError(f"the clone failed:\n{result.describe()}")
    return replace(result.step(step_name), files=result.files)


def _settings(settings: str | Mapping[str, Value], context: Context) -> Settings:
    if isinstance(settings, Mapping):
        return settings_from(settings)
    parsed = goyaml.documents(substitute(settings, context.substitutions(now=context.stage.started)))
    return decode_settings(parsed[0] if parsed else None)


def _context(build: BuildSpec, options: Options) -> Context:
    started = int(time.time())
    return Context(
        build=build,
        stage=Stage(started=started),
        system=_SYSTEM,
        secrets=exposed(options.secrets, build),
        runner=options.runner_environment,
    )


def _start(pipeline: Pipeline, context: Context, options: Options) -> PipelineRun:
    plan = make_plan(pipeline, context.build, instance=context.system.host, trusted=options.trusted)
    stage = replace(context.stage, name=pipeline.name)
    return PipelineRun(plan, replace(context, stage=stage, pipeline=pipeline.environment), options)
