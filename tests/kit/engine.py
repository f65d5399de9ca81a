"""The Docker engine that tests and demo run on: the machine's own, or a private one that is started here."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import docker

from kit import debian, dockerd
from kit.console import phase, say
from kit.errors import KitError

SYSTEM_HOST = "unix:///var/run/docker.sock"
CLIENT_SECONDS = 1800  # a registry that stalls a push must not look like an engine that died
UNITS = ("docker.service", "docker.socket", "containerd.service")
INSTALL_COMMANDS = {
    "dnf": "sudo dnf install -y moby-engine && sudo systemctl start docker",
    "zypper": "sudo zypper install -y docker && sudo systemctl start docker",
    "pacman": "sudo pacman -S --noconfirm docker && sudo systemctl start docker",
    "apk": "sudo apk add docker && sudo service docker start",
    "brew": "brew install --cask docker && open -a Docker",
}


@dataclass(frozen=True)
class Engine:
    """A Docker engine that answers.

    `docker_host` is its address as DOCKER_HOST has it; `started_by_us` says that this process started it.
    """

    docker_host: str
    started_by_us: bool = False

    def client(self) -> docker.DockerClient:
        """The process's one client of this engine, whatever docker contexts the user has."""
        return _client(self.docker_host)

    @property
    def socket(self) -> str:
        """The path of the engine's socket, for mounting it into containers.

        Raises:
            KitError: the engine is reached over TCP.
        """
        scheme, _, path = self.docker_host.partition("://")
        if scheme != "unix":
            raise KitError(f"the engine at {self.docker_host} has no local socket; unset DOCKER_HOST")
        return path


def find_engine() -> Engine | None:
    """The engine of DOCKER_HOST, else the machine's own, else the private one: the first that answers."""
    for docker_host in (os.environ.get("DOCKER_HOST"), SYSTEM_HOST, dockerd.HOST):
        if docker_host and dockerd.answers(docker_host):
            return Engine(docker_host)
    return None


def ensure_engine() -> Engine:
    """An engine that answers; where there is none, a private one is installed and started.

    That needs root on Debian or Ubuntu. On a terminal it asks first, unless DEMO_YES=1.

    Raises:
        KitError: no engine, and none can be started here; the message holds the command to type.
    """
    found = find_engine()
    if found:
        return found
    if not (debian.is_debian() and debian.is_root()) and not (dockerd.program() and debian.is_root()):
        raise KitError(f"no Docker engine answers; type\n  {_command_to_type()}\nand try again")
    _ask()
    with dockerd.lock():
        found = find_engine()  # another process may have started it while we waited
        if found:
            return found
        if dockerd.program() is None:
            _install()
        with phase(f"Starting a private Docker engine on {dockerd.SOCKET}"):
            dockerd.start()
    return Engine(dockerd.HOST, started_by_us=True)


def stop_engine() -> bool:
    """Stop the private engine and its containers, keep its data; False when none ran."""
    if dockerd.running() is None:
        return False
    with dockerd.lock(), phase("Stopping the private Docker engine"):
        return dockerd.stop()


@cache
def _client(docker_host: str) -> docker.DockerClient:
    return docker.DockerClient(base_url=docker_host, timeout=CLIENT_SECONDS)


def _ask() -> None:
    plan = f"No Docker engine answers: starting a private one ({dockerd.SOCKET}, data in {dockerd.DATA})"
    if dockerd.program() is None:
        plan += ", with docker.io installed from the distribution"
    if os.environ.get("DEMO_YES") == "1" or not sys.stdin.isatty():
        say(plan)
        return
    if input(f"{plan}. Go on? [Y/n] ").strip().lower() not in {"", "y", "yes"}:
        raise KitError(f"no Docker engine; to start the machine's own type\n  {_command_to_type()}")


def _install() -> None:
    debian.install("docker.io", "iptables")
    if shutil.which("systemctl"):
        # The packages enable their services for the next boot; nobody asked for those.
        subprocess.run(["systemctl", "--quiet", "disable", *UNITS], check=False, capture_output=True)


def _command_to_type() -> str:
    if Path("/var/run/docker.sock").exists() and not os.access("/var/run/docker.sock", os.W_OK):
        return 'sudo usermod -aG docker "$USER" && exec su - "$USER"'
    if debian.is_debian():
        return 'sudo apt-get install -y docker.io && sudo usermod -aG docker "$USER" && exec su - "$USER"'
    for manager, command in INSTALL_COMMANDS.items():
        if shutil.which(manager):
            return command
    return "sudo systemctl start docker"
