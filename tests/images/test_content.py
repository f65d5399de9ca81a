import base64
import csv
import hashlib
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kit.engine import Engine
from kit.image_files import plugin_files
from kit.images import BuiltImage
from kit.paths import ROOT, plugin_names

pytestmark = [
    pytest.mark.container,
    pytest.mark.parametrize("plugin", plugin_names(), scope="module"),  # grouped: an image is read once
]

CERTIFICATE_AUTHORITIES = "certifi/cacert.pem"
INDEX_VARIABLES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX")
PIP_CONFIGURATIONS = (
    Path("/etc/pip.conf"),
    Path.home() / ".config/pip/pip.conf",
    Path.home() / ".pip/pip.conf",
)
UNCHECKED_HASH = 1  # PEP 552: the source is never looked at


def index_hosts() -> set[str]:
    """The hosts of the package indexes that this machine is told to use."""
    urls = [os.environ.get(name, "") for name in INDEX_VARIABLES]
    for path in PIP_CONFIGURATIONS:
        if path.exists():
            urls += re.findall(r"https?://\S+", path.read_text(encoding="utf-8"))
    return {host for url in urls if (host := urlsplit(url).hostname)}


@pytest.fixture(scope="module")
def files(plugin: str, engine: Engine, images: dict[str, BuiltImage]) -> Mapping[str, bytes]:
    """The files below /opt/plugin of the plugin's image."""
    return plugin_files(engine, images[plugin].id)


def test_an_image_adds_one_layer_to_its_base(
    plugin: str, engine: Engine, images: dict[str, BuiltImage], base_image: str
) -> None:
    client = engine.client()
    base = client.images.get(base_image).attrs["RootFS"]["Layers"]
    layers = client.images.get(images[plugin].id).attrs["RootFS"]["Layers"]
    assert layers[:-1] == base


def test_an_image_sets_nothing_but_labels_and_entry_point(
    plugin: str, engine: Engine, images: dict[str, BuiltImage], base_image: str
) -> None:
    client = engine.client()
    base = client.images.get(base_image).attrs["Config"]
    config = client.images.get(images[plugin].id).attrs["Config"]
    assert config["Env"] == base["Env"]
    assert config["User"] == ""
    labels = {label for label in config["Labels"] if label.startswith("org.opencontainers.image.")}
    assert {label.rpartition(".")[2] for label in labels} == {"title", "description", "licenses"}


def test_an_image_history_tells_nothing_of_the_machine_that_built_it(
    plugin: str, engine: Engine, images: dict[str, BuiltImage], base_image: str
) -> None:
    client = engine.client()
    inherited = len(client.images.get(base_image).history())
    own = client.images.get(images[plugin].id).history()[:-inherited]
    told = " ".join(str(entry["CreatedBy"]) for entry in own)
    assert "/opt/plugin" in told
    assert not re.search(r"pip|cert|index|proxy|/build", told, re.IGNORECASE)
    assert str(ROOT) not in told


def test_an_image_holds_no_installer_wheel_or_compiler(files: Mapping[str, bytes]) -> None:
    unwanted = re.compile(
        r"site-packages/(pip|setuptools|wheel|flit_core)/|\.(whl|a|o)$|bin/(pip|gcc|cc|g\+\+)"
    )
    assert not [name for name in files if unwanted.search(name)]


def test_an_image_trusts_only_the_certificates_that_certifi_ships(files: Mapping[str, bytes]) -> None:
    holders = {
        name
        for name, content in files.items()
        if b"-----BEGIN CERTIFICATE-----\nMII" in content or name.endswith((".pem", ".crt"))
    }
    assert {name.partition("site-packages/")[2] for name in holders} == {CERTIFICATE_AUTHORITIES}
    (holder,) = holders
    (record,) = (content for name, content in files.items() if re.search(r"certifi-[^/]+/RECORD$", name))
    hashes = {row[0]: row[1] for row in csv.reader(io.StringIO(record.decode()))}
    digest = base64.urlsafe_b64encode(hashlib.sha256(files[holder]).digest()).decode().rstrip("=")
    assert hashes[CERTIFICATE_AUTHORITIES] == f"sha256={digest}"


def test_an_image_names_neither_package_index_nor_folder_of_the_build_machine(
    files: Mapping[str, bytes],
) -> None:
    traces = [trace.encode() for trace in (*index_hosts(), str(ROOT))]
    found = {name for name, content in files.items() if any(trace in content for trace in traces)}
    assert not found


def test_every_module_of_an_image_is_compiled_and_never_compared_with_its_source(
    files: Mapping[str, bytes],
) -> None:
    compiled = {
        re.sub(r"__pycache__/([^/]+)\.cpython-\d+\.pyc$", r"\1.py", name)
        for name, content in files.items()
        if name.endswith(".pyc") and content[4] == UNCHECKED_HASH
    }
    assert {name for name in files if name.endswith(".py")} == compiled
