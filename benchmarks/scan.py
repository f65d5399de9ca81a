"""`make bench-scan`: our scan beside the other scanners, in one run, in turns.

How long each takes, as ratios of medians; that the prefilter loses nothing; and which kinds of secrets each
finds in which places. Nothing is downloaded but wheels.
"""

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks.scan_corpora import corpora
from benchmarks.scan_peers import Peer, found, installed, run

from kit.paths import ROOT
from kit.secrets.matrix import CONTEXTS, write_matrix

ROUNDS = 5
OURS = Path(__file__).with_name("scan_ours.py")
FOLDER = ROOT / ".build" / "bench-scan"


def ours(root: Path, *how: str) -> str:
    """Run our scan, and return what it prints."""
    command = [sys.executable, str(OURS), str(root), *how]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def in_turns(acts: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median of each one's times, in turns, in another order each round; the first warms up."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    names = list(acts)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            start = time.perf_counter()
            acts[name]()
            if number or rounds == 1:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(measured) for name, measured in times.items()}


def speed(trees: Mapping[str, Path], peers: Mapping[Peer, Path]) -> None:
    """Print how long everyone takes for each tree."""
    print("Seconds, the median of the rounds; in brackets how many times as long ours takes")
    report = FOLDER / "report.json"
    for name, root in trees.items():
        files = [path for path in root.rglob("*") if path.is_file()]
        acts: dict[str, Callable[[], object]] = {
            "ours": partial(ours, root),
            "re": partial(ours, root, "plain"),
        }
        slow: dict[str, Callable[[], object]] = {"ours": acts["ours"], "re": partial(ours, root, "plain")}
        for peer, programs in peers.items():
            into = slow if peer.name == SLOW else acts
            into[peer.name] = partial(run, peer, programs, root, report)
        medians = in_turns(acts)
        once = in_turns(slow, rounds=1)
        medians |= {who: each * medians["ours"] / once["ours"] for who, each in once.items()}
        row = [f"{who} {each:.2f} ({medians['ours'] / each:.2f})" for who, each in medians.items()]
        size = sum(path.stat().st_size for path in files) / 1e6
        print(f"  {name}, {len(files)} files, {size:.1f} MB: {', '.join(row)}", flush=True)


SLOW = "detect-secrets"
"""It takes minutes: it is timed once, beside a run of ours, whose median then gives the measure.

So is ours where there is no Hyperscan, told as `re`.
"""


def parity(trees: Mapping[str, Path]) -> bool:
    """Print whether the findings are the same with the prefilter, with either engine, as without."""
    print(
        "Findings with the prefilter and without it, as multisets of (path, rule, value, cell, place, reason)"
    )
    same = True
    for name, root in trees.items():
        fast, plain, slow = (
            Counter(map(tuple, json.loads(ours(root, *how, "json")))) for how in ((), ("plain",), ("slow",))
        )
        equal = fast == slow == plain
        same = same and equal
        missed, more = (slow - fast) + (slow - plain), (fast - slow) + (plain - slow)
        verdict = "the same" if equal else f"{missed.total()} missed, {more.total()} more"
        print(f"  {name}: {slow.total()} findings, {verdict}", flush=True)
    return same


def matrix(peers: Mapping[Peer, Path]) -> None:
    """Print how many kinds of secrets everyone finds in each place."""
    root = FOLDER / "matrix"
    planted = write_matrix(root)
    hits = {"ours": {row[0] for row in json.loads(ours(root, "json"))}}
    for peer, programs in peers.items():
        report = FOLDER / f"{peer.name}.json"
        report.unlink(missing_ok=True)
        run(peer, programs, root, report)
        hits[peer.name] = {Path(path).as_posix() for path in found(peer, report, root)}
    kinds = len(planted) // len(CONTEXTS)
    print(f"Secrets found: {kinds} kinds in each place")
    print("  " + "".join(f"{name:>16}" for name in ("", *hits)))
    for context in CONTEXTS:
        places = [each.path for each in planted if each.context == context.name]
        counts = [sum(path in paths for path in places) for paths in hits.values()]
        print("  " + f"{context.name:>16}" + "".join(f"{count:>16}" for count in counts))
    totals = [sum(each.path in paths for each in planted) for paths in hits.values()]
    print("  " + f"{'of ' + str(len(planted)):>16}" + "".join(f"{total:>16}" for total in totals))
    missed = [each.path for each in planted if each.path not in hits["ours"]]
    if missed:
        print(f"  not found by ours: {', '.join(missed)}")


def main() -> int:
    """Measure and print. Fails if the prefilter has lost anything."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    peers = installed(FOLDER / "peers")
    trees = corpora(FOLDER)
    matrix(peers)
    print()
    speed(trees, peers)
    print()
    return 0 if parity({**trees, "matrix": FOLDER / "matrix"}) else 1


if __name__ == "__main__":
    sys.exit(main())
