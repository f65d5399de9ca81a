"""Programs from the Debian or Ubuntu distribution of this machine."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from kit.console import phase
from kit.errors import KitError

POLICY = Path("/usr/sbin/policy-rc.d")


def is_debian() -> bool:
    """Whether packages come by apt: Debian, Ubuntu and what derives from them."""
    return shutil.which("apt-get") is not None and shutil.which("dpkg") is not None


def is_root() -> bool:
    """Whether packages can be installed and a daemon started."""
    return os.geteuid() == 0


def install(*packages: str) -> None:
    """Install packages without starting the services that they bring.

    Raises:
        KitError: apt refused; the message holds its last lines.
    """
    with phase(f"Installing {', '.join(packages)} from the distribution"), _services_held():
        _update_lists()
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        run(
            ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages],
            environment=environment,
        )


def fetch_program(package: str, member: str, destination: Path) -> Path:
    """Take one program out of a package that is not installed, so that its service never exists.

    Needs no root. Returns `destination`, made where it did not exist.

    Raises:
        KitError: the package cannot be downloaded or lacks the member.
    """
    if destination.exists():
        return destination
    destination.parent.mkdir(parents=True, exist_ok=True)
    with (
        phase(f"Taking {Path(member).name} out of the distribution's {package}"),
        tempfile.TemporaryDirectory(dir=destination.parent) as folder,
    ):
        if is_root():
            _update_lists()
            # apt drops to its own user for downloads and warns where that one may not write.
            run(["apt-get", "-o", "APT::Sandbox::User=root", "download", package], folder=folder)
        else:
            run(["apt-get", "download", package], folder=folder)
        (archive,) = Path(folder).glob("*.deb")
        run(["dpkg", "-x", str(archive), "unpacked"], folder=folder)
        program = Path(folder, "unpacked", member)
        if not program.exists():
            raise KitError(f"package {package} has no {member}")
        program.replace(destination)
    return destination


@cache
def _update_lists() -> None:
    # One unreachable third-party source fails the update while the distribution's own lists are fine:
    # whether it was good enough shows in what follows.
    subprocess.run(["apt-get", "update", "--quiet"], check=False, capture_output=True)


@contextmanager
def _services_held() -> Iterator[None]:
    """Keep maintainer scripts from starting services, by the distribution's own switch for that."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def run(command: list[str], *, folder: str | None = None, environment: dict[str, str] | None = None) -> str:
    """Run one of the distribution's programs and return what it prints.

    Raises:
        KitError: it failed; the message holds its last lines.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise KitError(f"`{' '.join(command)}` failed ({done.returncode}):\n{tail}")
    return done.stdout
