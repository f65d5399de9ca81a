"""Generated parts of the documentation: `python -m kit.docs` writes them, a test compares them."""

import importlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from drone_plugin import Settings
from drone_plugin.docs import settings_table
from kit.paths import ROOT

SETTINGS: Mapping[str, tuple[str, str]] = {
    "secret-scan": ("secret_scan.settings", "ScanSettings"),
    "build-image": ("build_image.settings", "BuildSettings"),
    "databricks-train": ("databricks_train.settings", "TrainSettings"),
}
_TABLE = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)


def with_settings(text: str, settings: type[Settings]) -> str:
    """`text` with the table between its `<!-- settings -->` marks made anew.

    Raises:
        ValueError: the marks are missing.
    """
    made, count = _TABLE.subn(lambda marks: f"{marks[1]}{settings_table(settings)}{marks[2]}", text)
    if count != 1:
        raise ValueError("the page needs one pair of <!-- settings --> and <!-- /settings -->")
    return made


def pages() -> dict[Path, str]:
    """Every page with a generated part, as it should be."""
    made = {}
    for plugin, (module, name) in SETTINGS.items():
        page = ROOT / "plugins" / plugin / "README.md"
        settings = getattr(importlib.import_module(module), name)
        made[page] = with_settings(page.read_text(encoding="utf-8"), settings)
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
