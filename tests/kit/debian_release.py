"""Packages of another release of Debian than the machine's, unpacked and not installed."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kit.console import phase
from kit.debian import is_debian, run
from kit.errors import KitError

KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def unpack(packages: Sequence[str], release: str, destination: Path) -> Path:
    """Unpack `packages`, without what they depend on. Returns `destination`, made where it did not exist.

    apt does it in a state of its own, so that the machine's lists and sources stay what they are.

    Raises:
        KitError: no Debian, or the packages cannot be had.
    """
    if destination.exists():
        return destination
    if not (is_debian() and KEYS.exists()):
        raise KitError(f"packages of Debian {release} need apt and {KEYS} (package debian-archive-keyring)")
    destination.parent.mkdir(parents=True, exist_ok=True)
    with (
        phase(f"Taking {', '.join(packages)} out of Debian {release}"),
        tempfile.TemporaryDirectory(dir=destination.parent) as name,
    ):
        folder = Path(name)
        apt = ["apt-get", "--quiet", *_state(folder, release)]
        run([*apt, "update"], folder=name)
        run([*apt, "download", *packages], folder=name)
        for package in folder.glob("*.deb"):
            run(["dpkg", "-x", str(package), "unpacked"], folder=name)
        (folder / "unpacked").replace(destination)
    return destination


def _state(folder: Path, release: str) -> list[str]:
    """The options that have apt work below `folder` only."""
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    (folder / "status").touch()
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={KEYS}] {_mirror()} {release} main\n", encoding="utf-8")
    options = {
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "APT::Sandbox::User": "root",
    }
    return [part for name, value in options.items() for part in ("-o", f"{name}={value}")]


def _mirror() -> str:
    """Where the machine itself has Debian from: other releases are beside its own."""
    form = "$(RELEASE) $(REPO_URI)"
    sources = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages", "Component: main"])
    found = re.search(
        r"^[a-z]+ (\S+)$", sources, re.MULTILINE
    )  # an archive of updates has a hyphen in its name
    if not found:
        raise KitError("apt's sources name no archive of a release of Debian")
    return found[1]
