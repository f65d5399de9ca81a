"""A small Debian with Python, made of the distribution's packages: for where no public image can be had."""

import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import docker

from kit import debian
from kit.builders import Build, build
from kit.errors import KitError

SUITE = "bookworm"  # the public default's: Python 3.11
OPTIONS = (
    "--variant=minbase",
    "--include=python3,python3-venv,ca-certificates,git",
    *(f"--dpkgopt=path-exclude=/usr/share/{unused}/*" for unused in ("man", "doc", "locale", "info")),
    '--customize-hook=ln -s python3 "$1/usr/bin/python"',
    # Where packages came from is this machine's affair.
    '--customize-hook=rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*',
)
DOCKERFILE = """\
FROM scratch
ADD root.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["python3"]
"""
MIRROR_FORMAT = "$(REPO_URI) $(RELEASE) $(COMPONENT)"


def recipe() -> str:
    """What tells a base made in another way from one made today's way."""
    return hashlib.sha256("\n".join([SUITE, *OPTIONS, DOCKERFILE]).encode()).hexdigest()[:12]


def make_base(client: docker.DockerClient, name: str, architecture: str, labels: dict[str, str]) -> None:
    """Bootstrap a root file system and build an image of nothing else, half a minute.

    Raises:
        KitError: not root on Debian or Ubuntu, or the bootstrap fails.
    """
    if not (debian.is_debian() and debian.is_root()):
        raise KitError(f"only root on Debian or Ubuntu can make {name}; else `docker load` and tag one")
    if shutil.which("mmdebstrap") is None:
        debian.install("mmdebstrap", "debian-archive-keyring")
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        root = Path(folder, "root.tar")
        command = ["mmdebstrap", "--quiet", *OPTIONS, f"--architectures={architecture}", SUITE, str(root)]
        done = subprocess.run(
            [*command, *_mirrors()], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            raise KitError("mmdebstrap failed:\n" + "\n".join(done.stderr.splitlines()[-15:]))
        asked = Build(
            archive=_context(root),
            dockerfile="Dockerfile",
            tag=name,
            labels=labels,
            platform=f"linux/{architecture}",
        )
        build(client, asked)


def _context(root: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(DOCKERFILE)
        archive.addfile(info, io.BytesIO(DOCKERFILE.encode()))
        archive.add(root, "root.tar")
    return buffer.getvalue()


def _mirrors() -> list[str]:
    """This machine's own sources of the suite, security updates included; none means mmdebstrap's default."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", MIRROR_FORMAT, "Created-By: Packages", "Origin: Debian"],
        check=False,
        capture_output=True,
        text=True,
    )
    lines = sorted({line for line in targets.stdout.splitlines() if line.split()[1].startswith(SUITE)})
    return [f"deb {line}" for line in lines]
