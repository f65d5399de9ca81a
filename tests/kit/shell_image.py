"""An image of nothing but a shell, in a second, for builds whose RUN has little to do."""

import io
import tarfile
from typing import Final

import docker

from kit import debian
from kit.paths import TOOLS

SHELL_IMAGE: Final = "drone-ml-test/shell:1"


def ensure_shell_image(api: docker.APIClient) -> str:
    """Import it into an engine that has it not. The shell is busybox, and knows what else busybox does."""
    if not any(SHELL_IMAGE in (image["RepoTags"] or ()) for image in api.images()):
        repository, _, tag = SHELL_IMAGE.partition(":")
        api.import_image_from_data(_archive(), repository=repository, tag=tag)
    return SHELL_IMAGE


def _archive() -> bytes:
    program = debian.fetch_program("busybox-static", "bin/busybox", TOOLS / "busybox")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in ("bin", "etc", "proc", "run", "tmp"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        entry = tarfile.TarInfo("bin/sh")
        entry.size, entry.mode = program.stat().st_size, 0o755
        with program.open("rb") as content:
            tar.addfile(entry, content)
    return packed.getvalue()
