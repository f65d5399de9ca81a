"""`make bench`: every figure is a ratio of two things measured in turns, in one run, on one machine.

Absolute times depend on the machine and its neighbours; a ratio of medians of interleaved runs does less so.
Nothing here is a test: a figure that got worse fails nothing, and is looked at.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import train
from kit.base_image import ensure_base_image
from kit.engine import Engine, ensure_engine
from kit.images import build_images
from kit.sizes import measure, table

ROUNDS = 15
NOTHING_TO_DO = {
    "DRONE": "true",
    "DRONE_BUILD_EVENT": "push",
    "DRONE_COMMIT_MESSAGE": "fix typo",
    "PLUGIN_HOST": "https://x.invalid",
}


@dataclass(frozen=True)
class Pair:
    """Something of ours beside what it is measured against; times are in seconds."""

    name: str
    ours: str
    peer: str
    ours_times: Sequence[float]
    peer_times: Sequence[float]

    def lines(self) -> list[str]:
        """The figure: both medians with their range, the ratio, the difference."""
        ours, peer = statistics.median(self.ours_times), statistics.median(self.peer_times)
        return [
            self.name,
            f"  {self.ours:<20} {_spread(self.ours_times)}",
            f"  {self.peer:<20} {_spread(self.peer_times)}",
            f"  ratio {ours / peer:.2f}, difference {ours - peer:+.3f} s, {len(self.ours_times)} rounds",
        ]


def in_turns(ours: Callable[[], None], peer: Callable[[], None]) -> tuple[list[float], list[float]]:
    """Times of both, one after the other, the order changing each round; the first round warms up."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        order = ((0, ours), (1, peer)) if number % 2 else ((1, peer), (0, ours))
        for which, act in order:
            start = time.perf_counter()
            act()
            if number:
                times[which].append(time.perf_counter() - start)
    return times


def container(engine: Engine, image: str, *, entrypoint: str | None = None) -> Callable[[], None]:
    """Run the image to its end with the environment of a step that has nothing to do."""
    client = engine.client()

    def act() -> None:
        client.containers.run(image, entrypoint=entrypoint, environment=NOTHING_TO_DO, remove=True)

    return act


def importing(statement: str) -> Callable[[], None]:
    """Start Python and run one statement."""
    command = [sys.executable, "-I", "-c", statement]

    def act() -> None:
        subprocess.run(command, check=True)

    return act


def main() -> None:
    """Measure and print."""
    engine = ensure_engine()
    base = ensure_base_image(engine)
    built = build_images(engine, base)
    # At once: a test run beside the minutes that follow may build the images anew, and remove these.
    sizes = measure(engine, built, base)
    image = built["databricks-train"].name
    step, nothing = in_turns(container(engine, image), container(engine, image, entrypoint="/bin/true"))
    model = "from pydantic import BaseModel\nclass M(BaseModel): pass"
    library, pydantic = in_turns(importing("import drone_plugin, pydantic"), importing("import pydantic"))
    used, one_model = in_turns(importing("from drone_plugin import Settings, run"), importing(model))
    pairs = [
        Pair("A step with nothing to do, as a container", "no [train]", "true, same image", step, nothing),
        Pair("Importing the library", "drone_plugin, pydantic", "pydantic", library, pydantic),
        Pair("Importing what a plugin needs", "Settings, run", "one pydantic model", used, one_model),
    ]
    for pair in pairs:
        print("\n".join(pair.lines()), end="\n\n")
    subprocess.run([sys.executable, Path(__file__).with_name("redactor.py")], check=True)
    print()
    for line in train.report(engine, built["databricks-train"].name, NOTHING_TO_DO):
        print(line, flush=True)
    print()
    print(table(sizes, base))


def _spread(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.3f} s  ({min(times):.3f} to {max(times):.3f})"


if __name__ == "__main__":
    main()
