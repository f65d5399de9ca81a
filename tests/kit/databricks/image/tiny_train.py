"""Training that learns nothing, for tests that only need some to run."""

import argparse
import signal
import sys


def main(arguments: list[str] | None = None) -> None:
    """Count epochs, then fail or wait for a signal if told to.

    Raises:
        ValueError: as told by `--fail MESSAGE`.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--fail", metavar="MESSAGE")
    parser.add_argument("--forever", action="store_true")
    told = parser.parse_args(arguments)
    for epoch in range(1, told.epochs + 1):
        print(f"epoch {epoch}", flush=True)
    if told.fail:
        raise ValueError(told.fail)
    if told.forever:
        print("waiting", file=sys.stderr, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
