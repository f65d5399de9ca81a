"""The image that plugin images stand on: the public one, or a small Debian with Python made here."""

import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import docker
import requests
from docker.errors import APIError, ImageNotFound

from kit import debian
from kit.console import phase, say
from kit.engine import Engine
from kit.errors import KitError
from kit.paths import PLUGINS

LOCAL_BASE = "drone-ml-base:local"
SUITE = "bookworm"  # the public default's: Python 3.11
PUBLIC_SECONDS = 15
PACKAGES = ("python3", "python3-venv", "ca-certificates")
UNUSED = ("man", "doc", "locale", "info")
MIRROR_FORMAT = "$(REPO_URI) $(RELEASE) $(COMPONENT)"


def ensure_base_image(engine: Engine) -> str:
    """The base to build with: the public default where it can be had, else `drone-ml-base:local`.

    Whichever of them the engine already has is taken without asking the network again.

    Raises:
        KitError: the public image cannot be pulled and none can be made here.
    """
    client = engine.client()
    public = public_base()
    for name in (public, LOCAL_BASE):
        with suppress(ImageNotFound):
            client.images.get(name)
            return name
    if _public_answers(engine, public):
        with phase(f"Pulling {public}"):
            client.images.pull(public)
        return public
    say(f"{public} cannot be pulled here")
    with phase(f"Making {LOCAL_BASE} from Debian packages"):
        _make(client)
    return LOCAL_BASE


def public_base() -> str:
    """The base that a plain `docker build` takes: the default of the Dockerfiles' BASE argument."""
    text = (PLUGINS / "secret-scan" / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^ARG BASE=(\S+)$", text, re.MULTILINE)
    if found is None:
        raise KitError("the Dockerfiles have no default for BASE")
    return found[1]


def _public_answers(engine: Engine, name: str) -> bool:
    """Whether the engine reaches the image's registry, asked with little patience."""
    client = docker.DockerClient(base_url=engine.docker_host, timeout=PUBLIC_SECONDS)
    try:
        client.images.get_registry_data(name)
    except (APIError, requests.RequestException):
        return False
    finally:
        client.close()
    return True


def _make(client: docker.DockerClient) -> None:
    """Bootstrap a root file system and import it as an image.

    Raises:
        KitError: not root on a Debian or Ubuntu, or the bootstrap fails.
    """
    if not (debian.is_debian() and debian.is_root()):
        raise KitError(
            f"{public_base()} cannot be pulled, and only root on Debian or Ubuntu can make a base image: "
            f"`docker load` one and tag it {LOCAL_BASE}"
        )
    if shutil.which("mmdebstrap") is None:
        debian.install("mmdebstrap", "debian-archive-keyring")
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        archive = Path(folder, "base.tar")
        _bootstrap(archive)
        client.api.import_image(
            str(archive),
            repository=LOCAL_BASE.partition(":")[0],
            tag=LOCAL_BASE.partition(":")[2],
            changes=['CMD ["python3"]'],
        )


def _bootstrap(archive: Path) -> None:
    command = [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        *(f"--dpkgopt=path-exclude=/usr/share/{unused}/*" for unused in UNUSED),
        '--customize-hook=ln -s python3 "$1/usr/bin/python"',
        # Where packages came from is this machine's affair.
        '--customize-hook=rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*',
        SUITE,
        str(archive),
        *_mirrors(),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise KitError("mmdebstrap failed:\n" + "\n".join(done.stderr.splitlines()[-15:]))


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
