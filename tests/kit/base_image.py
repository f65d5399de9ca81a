"""The image that plugin images stand on: the public one, or a small Debian with Python made here."""

import re
from contextlib import suppress

import docker
import requests
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from kit.bootstrap import make_base, recipe
from kit.console import phase, say
from kit.engine import Engine
from kit.errors import KitError
from kit.paths import PLUGINS

REPOSITORY = "drone-ml-base"  # images of ours have names of ours: nobody's `python` is ever moved
LOCAL_BASE = f"{REPOSITORY}:local"
RECIPE_LABEL = "drone-ml.recipe"
PUBLIC_SECONDS = 15


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
    if _is_current(client, LOCAL_BASE):
        return LOCAL_BASE
    if _public_answers(engine, public):
        with phase(f"Pulling {public}"):
            client.images.pull(public)
        return public
    say(f"{public} cannot be pulled here")
    _make(client, LOCAL_BASE, str(client.version()["Arch"]))
    return LOCAL_BASE


def ensure_foreign_base(engine: Engine, architecture: str) -> str:
    """The same for a processor that the engine's machine only emulates.

    Raises:
        KitError: as for its own.
    """
    client = engine.client()
    pulled, local = f"{REPOSITORY}:public-{architecture}", f"{LOCAL_BASE}-{architecture}"
    if _find(client, pulled):
        return pulled
    if _is_current(client, local):
        return local
    if _public_answers(engine, public_base()):
        with phase(f"Pulling {public_base()} for {architecture}"):
            # By digest: pulled by its tag it would take the place of the machine's own.
            data = client.images.get_registry_data(public_base())
            data.pull(platform=f"linux/{architecture}").tag(pulled)
        return pulled
    _make(client, local, architecture)
    return local


def public_base() -> str:
    """The base that a plain `docker build` takes: the default of the Dockerfiles' BASE argument."""
    text = (PLUGINS / "secret-scan" / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^ARG BASE=(\S+)$", text, re.MULTILINE)
    if found is None:
        raise KitError("the Dockerfiles have no default for BASE")
    return found[1]


def _make(client: docker.DockerClient, name: str, architecture: str) -> None:
    with phase(f"Making {name} from Debian packages"):
        make_base(client, name, architecture, {RECIPE_LABEL: recipe()})


def _is_current(client: docker.DockerClient, name: str) -> bool:
    """Whether it is there, made the way that is written here today, or put there by the user."""
    found = _find(client, name)
    return found is not None and found.labels.get(RECIPE_LABEL, recipe()) == recipe()


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
