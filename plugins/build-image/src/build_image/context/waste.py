"""Folders and files that make a context large, and that an image hardly ever needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from build_image.context.entries import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from build_image.context.entries import Found

WASTE: Final = 1 << 30
"""Bytes from which a folder of the kind is worth a refusal."""

LARGE_FILE: Final = 4 << 30
"""Bytes from which any file is: a layer with it takes minutes to compress, to push and to pull."""

_VIRTUAL_ENVIRONMENT = "pyvenv.cfg"
_KINDS: Final = {
    "node_modules": "installed packages of Node.js",
    ".tox": "environments of tox",
    ".nox": "environments of nox",
    "mlruns": "runs of MLflow",
    "wandb": "runs of Weights & Biases",
    "lightning_logs": "runs of Lightning",
    ".dvc": "data of DVC",
    ".terraform": "plugins of Terraform",
}
_NAMED = re.compile(rf"((?:.*?/)?({'|'.join(map(re.escape, _KINDS))}))/.*", re.DOTALL)


def wasted(found: Sequence[Found]) -> Iterator[tuple[str, int, str]]:
    """Path, bytes and kind of what is there for no image, the outermost folder of several."""
    environments = {
        item.path.rpartition("/")[0]: "a Python environment"
        for item in found
        if item.path.endswith(f"/{_VIRTUAL_ENVIRONMENT}")
    }
    sizes: dict[str, int] = {}
    kinds: dict[str, str] = {}
    for item in found:
        if item.kind is not Kind.FILE:
            continue
        folder, kind = _folder(item.path, environments)
        if folder:
            kinds[folder] = kind
            sizes[folder] = sizes.get(folder, 0) + item.size
        elif item.size >= LARGE_FILE:
            yield item.path, item.size, "a single file"
    for folder, size in sizes.items():
        if size >= WASTE:
            yield folder, size, kinds[folder]


def _folder(path: str, environments: dict[str, str]) -> tuple[str, str]:
    """The folder of waste that a file is in, and its kind."""
    at = path.find("/") if environments else -1
    while at >= 0:
        if path[:at] in environments:
            return path[:at], environments[path[:at]]
        at = path.find("/", at + 1)
    named = _NAMED.fullmatch(path)
    return (named[1], _KINDS[named[2]]) if named else ("", "")
