"""Which steps of a pipeline may run for a build, and what each waits for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from drone_plugin.testing.errors import PipelineError
from drone_plugin.testing.spec import BuildSpec
from kit.drone.pipeline import Pipeline, Step, lint, parse

CLONE = "clone"
CLONE_STEP = Step(CLONE, "drone/git")


@dataclass(frozen=True)
class Plan:
    """Steps in the order of their numbers, and per name what has to be over before it."""

    pipeline: Pipeline
    steps: tuple[Step, ...]
    waits_for: Mapping[str, frozenset[str]]


def find_pipeline(text: str, substitutions: Mapping[str, str], name: str | None) -> Pipeline:
    """The pipeline of that name, or the only one.

    Raises:
        YamlParseError: the text is no `.drone.yml`.
        PipelineError: no such pipeline, or several and no name.
    """
    pipelines = parse(text, substitutions)
    found = [pipeline for pipeline in pipelines if name in {None, pipeline.name}]
    if len(found) != 1:
        raise PipelineError(
            f"which pipeline? there is {[pipeline.name for pipeline in pipelines]}, not {name}"
        )
    return found[0]


def make_plan(pipeline: Pipeline, build: BuildSpec, *, instance: str, trusted: bool) -> Plan:
    """Plan a run: without any `depends_on` steps run one by one, services first; with one, in parallel.

    A dependency on a step whose conditions do not match is met at once.

    Raises:
        PipelineError: the linter refuses the pipeline, or dependencies form a circle.
    """
    lint(pipeline, trusted=trusted)
    services = tuple(replace(service, detach=True) for service in pipeline.services)
    steps = ((CLONE_STEP,) if pipeline.clone else ()) + services + pipeline.steps
    waits_for = _dependencies(steps)
    try:
        TopologicalSorter(waits_for).prepare()
    except CycleError as error:
        raise PipelineError(f"dependency cycle detected: {error.args[1]}") from error
    matching = tuple(step for step in steps if step.when.match(build, instance=instance))
    return Plan(pipeline, matching, waits_for)


def _dependencies(steps: tuple[Step, ...]) -> dict[str, frozenset[str]]:
    names = [step.name for step in steps]
    if not any(step.depends_on for step in steps):
        before = [frozenset[str](), *(frozenset({name}) for name in names)]
        return dict(zip(names, before, strict=False))
    first = frozenset({CLONE}) & frozenset(names)
    return {
        step.name: (frozenset(step.depends_on) & frozenset(names)) or (first - {step.name}) for step in steps
    }
