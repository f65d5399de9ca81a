"""Scan a folder with our engine, as a whole program: `scan_ours.py FOLDER [plain|slow] [json]`."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from secret_scan.detectors import all_detectors
from secret_scan.engine import Engine, Unscannable
from secret_scan.ranges.file_content import FileContent
from secret_scan.values import Item


def items(root: Path) -> Iterator[Item]:
    """Every file below the folder."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name).relative_to(root).as_posix()
            yield Item(path, "file", size=(root / path).stat().st_size, read=FileContent(str(root), path))


def main() -> None:
    """Print how much was found, or all of it."""
    root, *how = sys.argv[1:]
    if "plain" in how:
        sys.modules["hyperscan"] = None  # type: ignore[assignment] # as where it has no wheel
    engine = Engine(all_detectors(), accelerated="slow" not in how)
    rows = []
    for item, result in engine.scan_all(items(Path(root))):
        if isinstance(result, Unscannable):
            sys.exit(f"{item.path}: {result.reason}")
        rows += [(item.path, one.rule, one.value, one.cell, one.line, one.column, one.why) for one in result]
    print(json.dumps(sorted(rows)) if "json" in how else len(rows))


if __name__ == "__main__":
    main()
