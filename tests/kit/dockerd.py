"""A private Docker daemon: its own socket, process id and data, beside whatever else the machine runs."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
from docker.errors import DockerException

from kit.errors import KitError

# A socket path over about 107 bytes makes dockerd die waiting for its containerd: keep it short.
RUN = Path("/run/drone-ml")
DATA = Path("/var/lib/drone-ml")
SOCKET = RUN / "docker.sock"
PID_FILE = RUN / "docker.pid"
CONTAINERD_PID = RUN / "exec" / "containerd" / "containerd.pid"
LOG = DATA / "dockerd.log"
HOST = f"unix://{SOCKET}"
READY_SECONDS = 60
STOP_SECONDS = 60
NO_NAT_SIGNS = ("iptables", "nat table", "network controller", "nftables")
# Where the distribution's containerd runs, dockerd joins it: keep to a corner of our own there. As options,
# because dockerd does not know the second one in its file (moby daemon/config: tag and flag differ).
NAMESPACES = ("--containerd-namespace=drone-ml", "--containerd-plugins-namespace=drone-ml-plugins")
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


def program() -> str | None:
    """The path of dockerd, also where root's PATH lacks the system folders."""
    return shutil.which("dockerd", path=_search_path())


def answers(docker_host: str) -> bool:
    """Whether an engine answers a ping there within five seconds."""
    scheme, _, path = docker_host.partition("://")
    if scheme == "unix" and not Path(path).exists():
        return False  # docker-py would leave an open socket behind
    try:
        client = docker.DockerClient(base_url=docker_host, timeout=5)
    except DockerException:
        return False
    try:
        return client.ping()
    except (DockerException, OSError):
        return False
    finally:
        client.close()


@contextmanager
def lock() -> Iterator[None]:
    """Only one process at a time installs, starts or stops the daemon."""
    RUN.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (RUN / "lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def start() -> None:
    """Start the daemon and wait until it answers; without NAT where the kernel has none.

    Raises:
        KitError: it does not come up; the message holds the end of its log.
    """
    for nat in (True, False):
        end = _start(nat=nat)
        if end is None:
            return
        if not any(sign in end.lower() for sign in NO_NAT_SIGNS):
            break
    raise KitError(f"dockerd does not start; the end of {LOG}:\n{end}")


def running() -> int | None:
    """The process id of the private daemon, or None: a stale file may name another process by now."""
    return _process(PID_FILE, str(RUN / "daemon.json"))


def _process(pid_file: Path, argument: str) -> int | None:
    """The process that the file names, if it is one that was started with this argument and is no zombie."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if argument.encode() in command else None


def _forget_killed() -> None:
    """Remove what killed daemons have left: dockerd believes a file as long as a process has its number.

    A containerd that outlived its dockerd is kept: the next one joins it.
    """
    for pid_file, argument in ((PID_FILE, str(RUN / "daemon.json")), (CONTAINERD_PID, "containerd")):
        if _process(pid_file, argument) is None:
            pid_file.unlink(missing_ok=True)


def stop() -> bool:
    """Stop the daemon and its containers; False when none ran.

    Raises:
        KitError: it is still there after a minute.
    """
    pid = running()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while running() is not None:
        if time.monotonic() > deadline:
            raise KitError(f"dockerd (process {pid}) does not stop; see {LOG}")
        time.sleep(0.1)
    return True


def _start(*, nat: bool) -> str | None:
    """Launch once; None when it answers, else the end of what it logged."""
    _forget_killed()
    command = program()
    if command is None:
        raise KitError("dockerd is not installed")
    for folder in (RUN, DATA):
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    with LOG.open("ab") as log:
        before = log.tell()
        # Its own session and no descriptor of ours but the log: `make` need not wait, a terminal may close.
        daemon = subprocess.Popen(
            [command, "--config-file", str(_write_configuration(nat=nat)), *NAMESPACES],
            cwd="/",
            env=os.environ | {"PATH": _search_path()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + READY_SECONDS
    while daemon.poll() is None:
        if answers(HOST):
            daemon.returncode = 0  # it outlives us: keeps Popen from warning that it still runs
            return None
        if time.monotonic() > deadline:
            daemon.terminate()
            daemon.wait(STOP_SECONDS)
            break
        time.sleep(0.1)
    with LOG.open("rb") as log:
        log.seek(before)
        return "\n".join(log.read().decode(errors="replace").splitlines()[-15:])


def _write_configuration(*, nat: bool) -> Path:
    """Everything by our own file: the machine's /etc/docker/daemon.json speaks of another daemon."""
    configuration: dict[str, object] = {
        "hosts": [HOST],
        "pidfile": str(PID_FILE),
        "exec-root": str(RUN / "exec"),
        "data-root": str(DATA / "docker"),
    }
    if not nat:
        configuration |= {"iptables": False, "ip6tables": False}
    path = RUN / "daemon.json"
    path.write_text(json.dumps(configuration, indent=2), encoding="utf-8")
    return path


def _search_path() -> str:
    return f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_FOLDERS}"
