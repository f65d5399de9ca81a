from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"  # git-ignored: whatever can be made again
TOOLS = BUILD / "tools"
STAMPS = BUILD / "stamps"
PLUGINS = ROOT / "plugins"
SHARED = ROOT / "shared"


def plugin_names() -> list[str]:
    """Every plugin that has an image, in alphabetical order."""
    return sorted(path.parent.name for path in PLUGINS.glob("*/Dockerfile"))
