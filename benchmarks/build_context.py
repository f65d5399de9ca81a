"""Contexts of builds: 20,000 files of 1.2 GB, read by docker-py and by build-image, in turns.

docker-py writes the whole archive into a temporary file before it sends the first byte of it, and hashes
nothing. Ours reads the context once for the input key; then a session sends what the engine lacks, or the
archive is made while it is sent. `python -m benchmarks.build_context` prints the figures.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docker.utils.build import create_archive, exclude_paths

from build_image.context import Context, input_key, plan_context

FILES = 20_000
FOLDERS = 200
SIZES = (200, 2_000, 8_000, 20_000, 60_000, 280_000)
LARGE = 400_000_000
ROUNDS = 5
MEMORY = """
import sys
from pathlib import Path
{act}
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
OURS = """
from build_image.context import plan_context
for piece in plan_context(Path(sys.argv[1]), ".", "Dockerfile").archive():
    pass
"""
DOCKER_PY = """
import tempfile
from docker.utils.build import create_archive, exclude_paths
create_archive(sys.argv[1], sorted(exclude_paths(sys.argv[1], [], "Dockerfile")), tempfile.TemporaryFile())
"""


@dataclass(frozen=True)
class Arm:
    """One way to deal with a context, and its times in seconds."""

    name: str
    times: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.times)


def make_tree(folder: Path, files: int = FILES) -> int:
    """Fill a folder with files like those of a repository with its data; how many bytes they are."""
    chance = random.Random(1)  # noqa: S311 - the same tree in every run
    noise = chance.randbytes(1 << 20)
    total = 0
    for number in range(files):
        inner = folder / f"pkg{number % FOLDERS % 20}" / f"mod{number % FOLDERS}"
        inner.mkdir(parents=True, exist_ok=True)
        size = chance.choice(SIZES)
        start = chance.randrange(len(noise) - size)
        (inner / f"file{number}.py").write_bytes(noise[start : start + size])
        total += size
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return total


def make_large(folder: Path, files: int = 3) -> int:
    """Fill a folder with a few large files; how many bytes they are."""
    noise = random.Random(2).randbytes(1 << 24)  # noqa: S311 - as above
    for number in range(files):
        with (folder / f"model{number}.bin").open("wb") as file:
            for _ in range(LARGE >> 24):
                file.write(noise)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return files * (LARGE >> 24) * (1 << 24)


def planned(folder: Path) -> Context:
    """Our plan and its key: all that is done where nothing changed."""
    context = plan_context(folder, ".", "Dockerfile")
    input_key(
        context,
        build_args={},
        secret_ids=(),
        target="",
        platform="",
        network="",
        bases={},
        builder="buildkit",
        reproducible=False,
    )
    return context


def archived(folder: Path) -> None:
    """Our plan, its key and the whole archive."""
    for _ in planned(folder).archive():
        pass


def archived_by_docker_py(folder: Path) -> None:
    """What docker-py does before it sends anything."""
    with tempfile.TemporaryFile() as file:
        create_archive(str(folder), sorted(exclude_paths(str(folder), [], "Dockerfile")), file)


def measured(acts: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> list[Arm]:
    """The times of each, in turns that go both ways; the first round warms up."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(rounds + 1):
        for name in sorted(acts, reverse=bool(number % 2)):
            start = time.perf_counter()
            acts[name]()
            if number:
                times[name].append(time.perf_counter() - start)
    return [Arm(name, tuple(times[name])) for name in acts]


def memory(act: str, folder: Path) -> float:
    """The most that a process of its own had resident, in MB."""
    command = [sys.executable, "-I", "-c", MEMORY.format(act=act), str(folder)]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(shown) * 1024 / 1e6


def report(rounds: int = ROUNDS, files: int = FILES) -> list[str]:
    """The figures, line by line."""
    with tempfile.TemporaryDirectory() as many, tempfile.TemporaryDirectory() as few:
        folder, large = Path(many), Path(few)
        size, large_size = make_tree(folder, files), make_large(large)
        peer, plan, archive = measured(
            {
                "docker-py's archive": lambda: archived_by_docker_py(folder),
                "plan and input key": lambda: planned(folder),
                "plan, key and archive": lambda: archived(folder),
            },
            rounds,
        )
        (hashing,) = measured({"large files": lambda: planned(large)}, rounds)
        ours, theirs = memory(OURS, folder), memory(DOCKER_PY, folder)
    return [
        f"A context of {files:,} files, {size / 1e9:.2f} GB, {rounds} rounds in turns",
        *(_line(arm, peer) for arm in (peer, plan, archive)),
        f"  until the first byte is sent docker-py takes {peer.median / plan.median:.1f} times as long",
        f"  planning and hashing: {size / plan.median / 1e9:.2f} GB/s",
        f"  the same of a few large files: {large_size / hashing.median / 1e9:.2f} GB/s",
        f"  resident at most: {ours:.0f} MB, docker-py {theirs:.0f} MB",
    ]


def _line(arm: Arm, peer: Arm) -> str:
    low, high = min(arm.times), max(arm.times)
    ratio = arm.median / peer.median
    return f"  {arm.name:<24} {arm.median:.2f} s  ({low:.2f} to {high:.2f})  ratio {ratio:.2f}"


if __name__ == "__main__":
    print("\n".join(report()))
