"""From the end of a run on the server until whoever waited for it is done, and what the wait has cost."""

import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.scene import Course, Scene, Waited, Waiter

MINUTE: Final = 60.0
HOUR: Final = 3600.0
SHORT: Final = 10 * MINUTE
SHORTEST: Final = 5 * MINUTE
LONGEST: Final = 4 * HOUR

SERVICES: Final = 16
AGAIN: Final = 3
"""Trainings of a service after its first."""
UNLIKE: Final = 0.1
"""How much longer or shorter than the usual they may take, as a share."""
TWO_HOURS: Final = 2 * HOUR
REPEATED: Final = 5


@dataclass(frozen=True)
class Planned:
    """A run that all waiters get."""

    course: Course
    first: bool
    """Whether no run like it came before."""


def plan(chance: random.Random, services: int = SERVICES, again: int = AGAIN) -> Iterator[Planned]:
    """Trainings of services that take five minutes to four hours: as many of ten minutes as of two hours.

    Each service is trained for a first time, and then again, in a time that is 10 % more or less.
    """
    for number in range(services):
        usual = SHORTEST * (LONGEST / SHORTEST) ** chance.random()
        for time in range(1 + again):
            running = usual * (1 + UNLIKE * (2 * chance.random() - 1))
            starting = 2 * MINUTE + 4 * MINUTE * chance.random()
            yield Planned(Course(starting, running, f"model-{number}"), first=not time)


@dataclass(frozen=True)
class Measured:
    """What came of the plan with each waiter, by its name, in the order of the plan."""

    planned: Sequence[Planned]
    waited: dict[str, list[Waited]]


def measure(scene: Scene, waiters: Sequence[Waiter], planned: Sequence[Planned]) -> Measured:
    """Each run with each waiter, in turns."""
    waited: dict[str, list[Waited]] = {waiter.name: [] for waiter in waiters}
    for one in planned:
        for waiter in waiters:
            waited[waiter.name].append(scene.wait(waiter, one.course))
    return Measured(planned, waited)


def lines(measured: Measured, fixed: float) -> Iterator[str]:
    """The lags as a table, in seconds.

    `fixed` is what the plugin's image takes from being told of the end to the end of its process. The peers
    are done when their call returns.
    """
    ours = next(iter(measured.waited))
    for title, chosen in _groups(measured.planned):
        if not chosen:
            continue
        lags = {
            name: [waited[at].seen + fixed if name == ours else waited[at].lag for at in chosen]
            for name, waited in measured.waited.items()
        }
        middle = statistics.median(lags[ours])
        yield f"  {title}, {len(chosen)} runs"
        for name, values in lags.items():
            ratio = "" if name == ours else f"  ours is {middle / statistics.median(values):.2f} of it"
            yield f"    {name:<30} {spread(values)}{ratio}"


def _groups(planned: Sequence[Planned]) -> Iterator[tuple[str, list[int]]]:
    yield "all", list(range(len(planned)))
    yield "trained before", [at for at, one in enumerate(planned) if not one.first]
    for first, word in ((True, "first time"), (False, "trained before")):
        for short, length in ((True, "up to 10 min"), (False, "longer")):
            yield (
                f"{word}, {length}",
                [
                    at
                    for at, one in enumerate(planned)
                    if one.first is first and (one.course.running <= SHORT) is short
                ],
            )


def spread(values: Sequence[float]) -> str:
    """Median, quartiles and the worst."""
    if len(values) < 2:  # noqa: PLR2004 - quartiles need two
        return f"median {statistics.median(values):5.2f} s"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"median {middle:5.2f} s  (half of them {low:.2f} to {high:.2f}, at most {max(values):.2f})"


def calls(scene: Scene, waiters: Sequence[Waiter], chance: random.Random) -> Iterator[str]:
    """How often the workspace is asked for a run of two hours, all requests counted."""
    courses = [
        Course(4 * MINUTE, TWO_HOURS - 4 * MINUTE + 30 * chance.random(), "two-hours")
        for _ in range(REPEATED)
    ]
    counted: dict[str, list[int]] = {waiter.name: [] for waiter in waiters}
    for course in courses:
        for waiter in waiters:
            counted[waiter.name].append(scene.wait(waiter, course).calls)
    ours = next(iter(counted))
    middle = statistics.median(counted[ours])
    for name, numbers in counted.items():
        ratio = "" if name == ours else f"  ours is {middle / statistics.median(numbers):.2f} of it"
        median = f"median {statistics.median(numbers):.0f}  ({min(numbers)} to {max(numbers)})"
        yield f"    {name:<30} {median}{ratio}"
