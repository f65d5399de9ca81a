"""Builds that cannot be: each says what is wrong in the first words."""

import pytest

from build_image.buildkit import BuildFailedError, Event, Vertex
from kit.buildkit_builds import Builds

pytestmark = pytest.mark.container


@pytest.mark.parametrize(
    ("instructions", "said"),
    [
        ("RUNN make", r"dockerfile parse error (on )?line 2: unknown instruction: RUNN"),
        ("COPY nothing /x", r'failed to compute cache key: .*"/nothing"(:| not found)'),
        ("RUN exit 3", r"(process .* did not complete|executor failed running) .*: exit code: 3"),
        ("COPY --from=nobody:1@sha256:0 / /", r".*invalid reference format|.*invalid checksum digest length"),
    ],
)
def test_what_is_wrong_comes_first(run_build: Builds, shell_image: str, instructions: str, said: str) -> None:
    with pytest.raises(BuildFailedError, match=rf"\A{said}"):
        run_build(f"FROM {shell_image}\n{instructions}\n")


def test_the_step_that_failed_carries_its_error(run_build: Builds, shell_image: str) -> None:
    seen: list[Event] = []

    with pytest.raises(BuildFailedError):
        run_build(f"FROM {shell_image}\nRUN exit 4\n", follow=seen.append)

    (failed,) = (event for event in seen if isinstance(event, Vertex) and event.error)
    assert failed.name.endswith("2/2] RUN exit 4")
    assert failed.error.endswith("exit code: 4")


def test_a_build_can_be_iterated_only_while_it_runs(run_build: Builds) -> None:
    built = run_build("FROM scratch\nLABEL a=b\n")

    assert built.image_id
    with pytest.raises(RuntimeError, match="the build is not running"):
        next(iter(built.build))
