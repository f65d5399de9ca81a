"""Small pipelines for the tests of the runner itself: every step runs in the base image, named `tiny`."""

from typing import Unpack

from drone_plugin.testing.spec import BuildSpec
from kit.drone.result import PipelineResult
from kit.drone.run import CommonOptions, run_pipeline
from kit.drone.sandbox import leftovers
from kit.engine import Engine


def tiny_pipeline(*steps: str, more: str = "", clone: bool = False) -> str:
    """A `.drone.yml`; each step is the inside of a flow map, in the image `tiny` unless it names another."""
    listed = "".join(f"- {{image: tiny, {step}}}\n" for step in steps)
    disable = "" if clone else "clone: {disable: true}\n"
    return f"kind: pipeline\ntype: docker\nname: default\n{disable}{more}\nsteps:\n{listed}"


def statuses(result: PipelineResult) -> dict[str, str]:
    """The status of each step that was part of the build."""
    return {step.name: step.status.value for step in result.steps}


class TinyRunner:
    """`run_pipeline` on one engine; remembers its runs."""

    def __init__(self, engine: Engine, image: str) -> None:
        self._engine = engine
        self._image = image
        self._runs: list[str] = []

    def __call__(
        self, yaml_text: str, build: BuildSpec, *, name: str | None = None, **options: Unpack[CommonOptions]
    ) -> PipelineResult:
        """Run the pipeline to its end."""
        options.setdefault("images", {"tiny": self._image})
        result = run_pipeline(yaml_text, build, name=name, engine=self._engine, **options)
        self._runs.append(result.run)
        return result

    def leftovers(self) -> list[str]:
        """What the runs have left on the engine."""
        return [left for run in self._runs if run for left in leftovers(self._engine.client(), run)]
