"""The build context of one plugin: of the repository, what its Dockerfile copies, and its wheels."""

import fnmatch
import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from kit.paths import PLUGINS, ROOT, SHARED

LEFT_OUT = ("__pycache__", "*.egg-info", ".*_cache", "dist", "tests", "testing")
"""`testing` is what the library holds for tests of plugins; an image has neither pytest nor a use for it."""
# Any fixed time does: builders ignore it for their cache, but the zip format of wheels begins in 1980.
MODIFIED = 315532800


def source_files(plugin: str) -> list[Path]:
    """The files of the plugin and of the shared packages, in a fixed order."""
    return sorted(path for top in (PLUGINS / plugin, SHARED) for path in _walk(top))


def source_digest(plugin: str) -> str:
    """A SHA-256 over names, modes and contents of the source files.

    The locks are among them, and they hold the hash of every wheel: the wheels themselves need no look.
    """
    digest = hashlib.sha256()
    for path in source_files(plugin):
        content = path.read_bytes()
        name = path.relative_to(ROOT).as_posix()
        digest.update(f"{len(name)} {name} {_mode(path):o} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def context_archive(plugin: str, wheels: Path) -> bytes:
    """The tar that is sent to the engine.

    In GNU format: BuildKit takes the extended headers of Python's default for a Dockerfile. Owned by root and
    with fixed times, because BuildKit lets owners through into the image.
    """
    members = {path.relative_to(ROOT).as_posix(): path for path in source_files(plugin)}
    members |= {f".build/wheels/{plugin}/{path.name}": path for path in sorted(wheels.glob("*.whl"))}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, path in members.items():
            info = tarfile.TarInfo(name)
            info.size = path.stat().st_size
            info.mode = _mode(path)
            info.mtime = MODIFIED
            with path.open("rb") as content:
                archive.addfile(info, content)
    return buffer.getvalue()


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in LEFT_OUT):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644
