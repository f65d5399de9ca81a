"""Small pipelines for the tests of the runner itself: every step runs in the base image, named `tiny`."""

from kit.drone.result import PipelineResult


def tiny_pipeline(*steps: str, more: str = "", clone: bool = False) -> str:
    """A `.drone.yml`; each step is the inside of a flow map, in the image `tiny` unless it names another."""
    listed = "".join(f"- {{image: tiny, {step}}}\n" for step in steps)
    disable = "" if clone else "clone: {disable: true}\n"
    return f"kind: pipeline\ntype: docker\nname: default\n{disable}{more}\nsteps:\n{listed}"


def statuses(result: PipelineResult) -> dict[str, str]:
    """The status of each step that was part of the build."""
    return {step.name: step.status.value for step in result.steps}
