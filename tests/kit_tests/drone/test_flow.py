"""How a pipeline flows: what runs, in which order, and what its end means."""

import threading

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.errors import PipelineError
from kit.drone.result import Status
from kit.drone.run import start_pipeline
from kit.drone.sandbox import leftovers
from kit.drone.tiny import TinyRunner, statuses, tiny_pipeline
from kit.engine import Engine

pytestmark = pytest.mark.container

PUSH = build.push("c" * 40, "fix: a typo")


def test_a_failing_command_ends_the_step_and_skips_the_rest(run_tiny: TinyRunner) -> None:
    result = run_tiny(
        tiny_pipeline(
            "name: a, commands: ['exit 3', 'echo not reached']",
            "name: b, commands: [true]",
            "name: report, commands: ['echo failed=$$DRONE_FAILED_STEPS $$DRONE_BUILD_STATUS'], when: {status: [failure]}",
        ),
        PUSH,
    )

    assert statuses(result) == {"a": "failure", "b": "skipped", "report": "success"}
    assert (result.status, result.step("a").exit_code) == (Status.FAILURE, 3)
    assert result.step("report").log.endswith("failed=a failure\n")


def test_a_step_for_failures_is_skipped_when_nothing_failed(run_tiny: TinyRunner) -> None:
    result = run_tiny(
        tiny_pipeline("name: a, commands: [true]", "name: b, commands: [true], when: {status: failure}"), PUSH
    )

    assert (statuses(result), result.passed) == ({"a": "success", "b": "skipped"}, True)


def test_an_ignored_failure_fails_nothing(run_tiny: TinyRunner) -> None:
    result = run_tiny(
        tiny_pipeline("name: a, failure: ignore, commands: [false]", "name: b, commands: [true]"), PUSH
    )

    assert (statuses(result), result.passed) == ({"a": "failure", "b": "success"}, True)


def test_exit_code_78_skips_what_is_pending_and_passes(run_tiny: TinyRunner) -> None:
    result = run_tiny(
        tiny_pipeline(
            "name: a, commands: ['exit 78']",
            "name: b, commands: [true]",
            "name: c, commands: [true], when: {status: [failure]}",
        ),
        PUSH,
    )

    assert (statuses(result), result.passed) == ({"a": "success", "b": "skipped", "c": "skipped"}, True)


def test_conditions_leave_steps_out_of_the_build(run_tiny: TinyRunner) -> None:
    steps = (
        "name: a, commands: [true], when: {event: tag}",
        "name: b, commands: ['echo $$DRONE_STEP_NUMBER']",
    )
    result = run_tiny(tiny_pipeline(*steps), PUSH)

    assert statuses(result) == {"b": "success"}
    assert result.step("b").log.endswith("\n1\n")


def test_a_pipeline_that_is_not_triggered_does_not_run(run_tiny: TinyRunner) -> None:
    result = run_tiny(tiny_pipeline("name: a, commands: [true]", more="trigger: {event: cron}"), PUSH)

    assert (result.status, result.steps) == (Status.SKIPPED, ())


def test_dependencies_are_awaited_and_the_rest_runs_at_the_same_time(
    run_tiny: TinyRunner,
) -> None:
    # `a` and `b` each wait for the other's mark, so neither could end if one ran after the other.
    def meet(mine: str, other: str) -> str:
        return f"name: {mine}, commands: ['touch {mine}', 'until [ -e {other} ]; do sleep 0.05; done']"

    result = run_tiny(
        tiny_pipeline(meet("a", "b"), meet("b", "a"), "name: c, depends_on: [a, b], commands: ['ls a b']"),
        PUSH,
        timeout=60,
    )

    assert statuses(result) == {"a": "success", "b": "success", "c": "success"}


def test_a_cancel_kills_what_runs_and_starts_nothing_more(engine: Engine, base_image: str) -> None:
    running = threading.Event()
    seen: list[str] = []

    def on_text(_name: str, text: str) -> None:
        seen.append(text)
        if text == "ready\n":
            running.set()

    text = tiny_pipeline(
        "name: a, commands: [\"trap 'echo asked to stop' TERM\", 'echo ready', 'sleep 60 & wait']",
        "name: b, commands: [true], when: {status: [failure]}",
    )
    started = start_pipeline(text, PUSH, engine=engine, images={"tiny": base_image}, on_text=on_text)
    assert running.wait(30)
    started.cancel()
    result = started.wait()

    assert (statuses(result), result.status) == ({"a": "killed", "b": "skipped"}, Status.KILLED)
    assert result.step("a").exit_code == 130
    assert "asked to stop\n" not in seen
    assert leftovers(engine.client(), result.run) == []


def test_the_time_limit_kills(run_tiny: TinyRunner) -> None:
    result = run_tiny(tiny_pipeline("name: a, commands: ['sleep 60']"), PUSH, timeout=1)

    assert (result.status, result.step("a").exit_code) == (Status.KILLED, 137)
    assert result.step("a").seconds < 30


def test_failing_fast_kills_the_steps_beside(run_tiny: TinyRunner) -> None:
    steps = (
        "name: a, commands: ['sleep 60']",
        "name: b, failure: fast, commands: [false]",
        "name: c, depends_on: [a]",
    )
    result = run_tiny(tiny_pipeline(*steps), PUSH)

    assert statuses(result) == {"a": "killed", "b": "failure", "c": "skipped"}


def test_an_image_that_is_not_there_is_an_error_of_the_step(run_tiny: TinyRunner) -> None:
    result = run_tiny(tiny_pipeline("name: a, image: 'no.invalid/x:1', pull: never"), PUSH)

    assert (result.status, result.step("a").exit_code) == (Status.ERROR, 255)
    assert "no.invalid/x" in result.step("a").error


def test_a_pipeline_that_the_linter_refuses_never_starts(run_tiny: TinyRunner) -> None:
    with pytest.raises(PipelineError, match="dependency cycle"):
        run_tiny(tiny_pipeline("name: a, depends_on: [b]", "name: b, depends_on: [a]"), PUSH)


def test_every_step_is_reported_when_it_is_over(run_tiny: TinyRunner) -> None:
    seen: list[tuple[str, str]] = []
    run_tiny(
        tiny_pipeline("name: a, commands: [false]", "name: b, commands: [true]"),
        PUSH,
        on_step=lambda step: seen.append((step.name, step.status.value)),
    )

    assert seen == [("a", "failure"), ("b", "skipped")]


def test_leaving_the_block_of_a_run_ends_it(engine: Engine, base_image: str) -> None:
    text = tiny_pipeline("name: a, commands: ['sleep 60']")
    with start_pipeline(text, PUSH, engine=engine, images={"tiny": base_image}) as run:
        assert leftovers(engine.client(), run.id) != []

    assert leftovers(engine.client(), run.id) == []


def test_the_name_chooses_among_several_pipelines(run_tiny: TinyRunner) -> None:
    first = tiny_pipeline("name: a, commands: [true]")
    both = f"{first}---\n{first.replace('name: default', 'name: other')}"

    assert run_tiny(both, PUSH, name="other").name == "other"
    with pytest.raises(PipelineError, match=r"\['default', 'other'\]"):
        run_tiny(both, PUSH)
