"""Generated parts of the documentation: `python -m kit.docs` writes them, a test compares them."""

import importlib
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import yaml

from drone_plugin.docs import settings_table
from drone_plugin.listing import Listing, drone_entry, woodpecker_page
from drone_plugin.schema import pipeline_schema
from kit.paths import ROOT

SETTINGS: Mapping[str, tuple[str, str]] = {
    "secret-scan": ("secret_scan.settings", "ScanSettings"),
    "build-image": ("build_image.settings", "BuildSettings"),
    "databricks-train": ("databricks_train.settings", "TrainSettings"),
}
TAGS: Mapping[str, tuple[str, ...]] = {
    "secret-scan": ("security", "secrets"),
    "build-image": ("docker", "build", "publish"),
    "databricks-train": ("machine-learning", "databricks", "mlflow"),
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
    """Every page with a generated part, and every file that is generated whole, as it should be."""
    made = {}
    kinds = {
        plugin: getattr(importlib.import_module(module), name) for plugin, (module, name) in SETTINGS.items()
    }
    for plugin, settings in kinds.items():
        folder = ROOT / "plugins" / plugin
        page = (folder / "README.md").read_text(encoding="utf-8")
        made[folder / "README.md"] = with_part(page, "settings", settings_table(settings))
        listed = listing(plugin, page)
        made[folder / "docs.md"] = woodpecker_page(listed, settings)
        made[folder / "content.yaml"] = yaml.safe_dump(
            drone_entry(listed, settings), sort_keys=False, width=110
        )
    made[ROOT / "docs" / "drone.schema.json"] = json.dumps(pipeline_schema(kinds), indent=1) + "\n"
    readme = ROOT / "README.md"
    pipeline = f"```yaml\n{PIPELINE.read_text(encoding='utf-8')}```\n"
    made[readme] = with_part(readme.read_text(encoding="utf-8"), "pipeline", pipeline)
    return made


def listing(plugin: str, page: str) -> Listing:
    """What the catalogues say: the package's own description, and the first pipeline of its page."""
    project = tomllib.loads((ROOT / "plugins" / plugin / "pyproject.toml").read_text(encoding="utf-8"))
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    if example is None:
        raise ValueError(f"the page of {plugin} shows no pipeline")
    return Listing(
        name=plugin,
        title=plugin,
        author="drone-ml",
        repo=f"drone-ml/{plugin}",
        image=f"drone-ml/{plugin}",
        description=str(project["project"]["description"]).removeprefix("Drone plugin: ").capitalize(),
        example=example[1],
        tags=TAGS[plugin],
    )


def is_fresh(page: Path, text: str) -> bool:
    """Whether the page is there and says `text`."""
    return page.exists() and page.read_text(encoding="utf-8") == text


def main() -> int:
    """Write the pages that are stale; with --check only name them, and fail if there are any."""
    stale = {page: text for page, text in pages().items() if not is_fresh(page, text)}
    for page, text in stale.items():
        if "--check" not in sys.argv:
            page.write_text(text, encoding="utf-8")
        print(page.relative_to(ROOT))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
