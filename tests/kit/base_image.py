"""The image that plugin images stand on: the public one, or a small Debian with Python made here."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import docker
import requests
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from kit import debian
from kit.console import phase, say
from kit.engine import Engine
from kit.errors import KitError
from kit.paths import PLUGINS

LOCAL_BASE = "drone-ml-base:local"
SUITE = "bookworm"  # the public default's: Python 3.11
PUBLIC_SECONDS = 15
OPTIONS = (
    "--variant=minbase",
    "--include=python3,python3-venv,ca-certificates",
    *(f"--dpkgopt=path-exclude=/usr/share/{unused}/*" for unused in ("man", "doc", "locale", "info")),
    '--customize-hook=ln -s python3 "$1/usr/bin/python"',
    # Where packages came from is this machine's affair.
    '--customize-hook=rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*',
)
CHANGES = (
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    'CMD ["python3"]',
)
RECIPE_LABEL = "drone-ml.recipe"
MIRROR_FORMAT = "$(REPO_URI) $(RELEASE) $(COMPONENT)"


def ensure_base_image(engine: Engine) -> str:
    """The base to build with: the public default where it can be had, else `drone-ml-base:local`.

    Whichever of them the engine already has is taken without asking the network again.

    Raises:
        KitError: the public image cannot be pulled and none can be made here.
    """
    client = engine.client()
    public = public_base()
    if _find(client, public):
        return public
    local = _find(client, LOCAL_BASE)
    if local and local.labels.get(RECIPE_LABEL) == _recipe():
        return LOCAL_BASE
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


def _find(client: docker.DockerClient, name: str) -> Image | None:
    with suppress(ImageNotFound):
        return client.images.get(name)
    return None


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
    repository, _, tag = LOCAL_BASE.partition(":")
    changes = [*CHANGES, f"LABEL {RECIPE_LABEL}={_recipe()}"]
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        archive = Path(folder, "base.tar")
        command = ["mmdebstrap", "--quiet", *OPTIONS, SUITE, str(archive), *_mirrors()]
        done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise KitError("mmdebstrap failed:\n" + "\n".join(done.stderr.splitlines()[-15:]))
        client.api.import_image(str(archive), repository=repository, tag=tag, changes=changes)


def _recipe() -> str:
    """What tells a base of another recipe from the present one."""
    return hashlib.sha256("\n".join([SUITE, *OPTIONS, *CHANGES]).encode()).hexdigest()[:12]


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
