"""Generated parts of the documentation: `python -m kit.docs` writes them, a test compares them."""

import importlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from drone_plugin.docs import settings_table
from kit.paths import ROOT

SETTINGS: Mapping[str, tuple[str, str]] = {
    "secret-scan": ("secret_scan.settings", "ScanSettings"),
    "build-image": ("build_image.settings", "BuildSettings"),
    "databricks-train": ("databricks_train.settings", "TrainSettings"),
}
PIPELINE = ROOT / "examples" / "digits" / ".drone.yml"


def with_part(text: str, name: str, part: str) -> str:
    """`text` with what stands between the comments `name` and `/name` replaced by `part`.

    Raises:
        ValueError: the comments are missing.
    """
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    made, count = marks.subn(lambda found: f"{found[1]}{part}{found[2]}", text)
    if count != 1:
        raise ValueError(f"the page needs one pair of <!-- {name} --> and <!-- /{name} -->")
    return made


def pages() -> dict[Path, str]:
    """Every page with a generated part, as it should be."""
    made = {}
    for plugin, (module, name) in SETTINGS.items():
        page = ROOT / "plugins" / plugin / "README.md"
        settings = getattr(importlib.import_module(module), name)
        made[page] = with_part(page.read_text(encoding="utf-8"), "settings", settings_table(settings))
    readme = ROOT / "README.md"
    pipeline = f"```yaml\n{PIPELINE.read_text(encoding='utf-8')}```\n"
    made[readme] = with_part(readme.read_text(encoding="utf-8"), "pipeline", pipeline)
    return made


def main() -> int:
    """Write the pages that are stale; with --check only name them, and fail if there are any."""
    stale = {page: text for page, text in pages().items() if page.read_text(encoding="utf-8") != text}
    for page, text in stale.items():
        if "--check" not in sys.argv:
            page.write_text(text, encoding="utf-8")
        print(page.relative_to(ROOT))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
