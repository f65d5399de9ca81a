"""Wheels for one image, fetched outside of its build: no network, index address or certificate in there."""

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
from packaging.markers import Marker

from kit.console import phase
from kit.errors import KitError
from kit.paths import BUILD, PLUGINS, SHARED, STAMPS

WHEELS = BUILD / "wheels"
OLDEST_GLIBC = 17  # manylinux2014
PROBE = "import platform as p; print(p.python_version(), p.machine(), p.libc_ver()[1])"


@dataclass(frozen=True)
class Target:
    """What wheels have to fit: the Python, processor and C library of a base image."""

    python: str
    machine: str
    glibc: str

    @property
    def platforms(self) -> list[str]:
        """The wheel platforms that run there, newest first."""
        newest = int(self.glibc.split(".")[1])
        names = [f"manylinux_2_{minor}_{self.machine}" for minor in range(newest, OLDEST_GLIBC - 1, -1)]
        return [*names, f"manylinux2014_{self.machine}", f"linux_{self.machine}"]

    def wants(self, marker: str) -> bool:
        """Whether a requirement with this environment marker is for it."""
        environment = {
            "python_version": ".".join(self.python.split(".")[:2]),
            "python_full_version": self.python,
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "platform_machine": self.machine,
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
        }
        return Marker(marker).evaluate(environment)


def target_of(client: docker.DockerClient, base: str, image_platform: str | None = None) -> Target:
    """Ask the Python of a base image."""
    output: bytes = client.containers.run(
        base, ["python3", "-c", PROBE], remove=True, network_mode="none", platform=image_platform
    )
    return Target(*output.decode().split())


def fill_wheelhouse(plugin: str, target: Target) -> Path:
    """The folder of a plugin's wheels, downloaded anew only when its lock or the target changed.

    Raises:
        KitError: pip failed; the message holds its last lines.
    """
    folder = _folder(plugin, target)
    locks = [PLUGINS / plugin / "requirements.txt", SHARED / "requirements-build.txt"]
    requirements = "".join(f"{line}\n" for lock in locks for line in requirements_for(lock, target))
    key = hashlib.sha256(f"{target}\n{requirements}".encode()).hexdigest()
    stamp = STAMPS / f"{folder.parent.name}-{plugin}"
    if folder.is_dir() and stamp.is_file() and stamp.read_text(encoding="ascii") == key:
        return folder
    with phase(f"Fetching the wheels of {plugin}"), tempfile.TemporaryDirectory(prefix="wheels-") as fresh:
        download(requirements, target, Path(fresh))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(fresh, folder, copy_function=shutil.copyfile)
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key, encoding="ascii")
    return folder


def _folder(plugin: str, target: Target) -> Path:
    """Where a plain `docker build` finds the wheels of this machine's processor; apart for any other."""
    own = target.machine == platform.machine()
    return (WHEELS if own else WHEELS.with_name(f"wheels-{target.machine}")) / plugin


def requirements_for(lock: Path, target: Target) -> Iterator[str]:
    """A lock's requirements for the target, without markers: pip would judge those by its own Python."""
    text = re.sub(r"^ *#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+(?=--hash=)", line.strip())
        pin, _, marker = requirement.partition(" ; ")
        if pin and (not marker or target.wants(marker)):
            yield " ".join((pin, *hashes))


def download(requirements: str, target: Target, folder: Path) -> None:
    """Fetch the wheels of hashed requirements into a folder.

    Raises:
        KitError: pip fails.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(requirements)
        file.flush()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
                *("--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", file.name),
                *("--python-version", target.python, "--implementation", "cp"),
                *(word for name in target.platforms for word in ("--platform", name)),
                *("--dest", str(folder)),
            ],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
    if done.returncode:
        raise KitError("pip download failed:\n" + "\n".join(done.stderr.splitlines()[-15:]))
