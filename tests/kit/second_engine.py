"""A newer Docker engine beside the machine's: Debian trixie's 26.1, with containerd's image store.

Its programs are unpacked, not installed; socket, processes and data are its own and go with the block.
runc is the machine's: trixie's needs a newer C library. Its bridge is one of its own and leads nowhere, so
builds on it use the network `none` or `host`: without any bridge it would remove the other engine's docker0
(moby daemon/daemon_unix.go, `removeDefaultBridgeInterface`).
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from kit import debian, dockerd
from kit.debian_release import unpack
from kit.engine import Engine
from kit.errors import KitError
from kit.paths import TOOLS
from kit.server import serving
from kit.tls import Authority

RELEASE: Final = "trixie"
PACKAGES: Final = ("docker.io", "containerd")
RUN: Final = "/run"
"""Socket paths must be short; see kit.dockerd."""
DATA: Final = "/var/lib"
"""A disk that overlay file systems can lie on: not one that is an overlay itself."""


@contextmanager
def second_engine(tls: Authority | None = None, port: int = 0) -> Iterator[Engine]:
    """The engine for as long as the block is.

    With `tls` it also listens on `port` of 127.0.0.1, for clients with a certificate of the same authority.

    Raises:
        KitError: not root, no Debian, or it does not start; the message holds the end of its log.
    """
    if not debian.is_root():
        raise KitError("the second engine is started by root only")
    programs = unpack(PACKAGES, RELEASE, TOOLS / f"docker-{RELEASE}")
    with ExitStack() as stack:
        run = _folder(stack, RUN)
        data = _folder(stack, DATA)
        stack.callback(_end_orphans, data)
        bridge = _bridge(stack)
        path = f"{programs / 'usr/bin'}:{programs / 'usr/sbin'}:{os.environ.get('PATH', os.defpath)}"
        environment = {"PATH": f"{path}:{dockerd.SYSTEM_FOLDERS}"}
        containerd = run / "containerd.sock"
        stack.enter_context(
            serving(
                [str(programs / "usr/bin/containerd"), "--config", str(_containerd_configuration(run, data))],
                log=run / "containerd.log",
                is_ready=containerd.is_socket,
                environment=environment,
            )
        )
        host = f"unix://{run / 'docker.sock'}"
        stack.enter_context(
            serving(
                [
                    str(programs / "usr/sbin/dockerd"),
                    "--config-file",
                    str(_configuration(run, data, tls, port, bridge)),
                ],
                log=run / "dockerd.log",
                is_ready=lambda: dockerd.answers(host),
                environment=environment,
            )
        )
        yield Engine(host, started_by_us=True)


def _folder(stack: ExitStack, parent: str) -> Path:
    """A new folder that is removed at the end, with whatever a daemon could not remove."""
    folder = Path(tempfile.mkdtemp(prefix="drone-ml-2-", dir=parent))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _bridge(stack: ExitStack) -> str:
    """A bridge that nothing but the engine's own default network is on; the kernel's names are short."""
    name = f"dml2-{secrets.token_hex(3)}"
    subprocess.run(["ip", "link", "add", "name", name, "type", "bridge"], check=True)
    stack.callback(subprocess.run, ["ip", "link", "delete", name], check=False, capture_output=True)
    return name


def _end_orphans(data: Path) -> None:
    """End the containers, and undo the mounts, that a daemon left which was killed."""
    own = Path("/proc/self/ns/mnt").readlink()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may be gone by now
            is_contained = (process / "ns/mnt").readlink() != own
            if is_contained and str(data) in (process / "mountinfo").read_text("utf-8", "replace"):
                os.kill(int(process.name), signal.SIGKILL)
    for line in reversed(Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()):
        place = line.split(" ")[4]
        if place.startswith(f"{data}/"):
            subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)


def _containerd_configuration(run: Path, data: Path) -> Path:
    path = run / "containerd.toml"
    path.write_text(
        f'version = 2\nroot = "{data}/containerd"\nstate = "{run}/containerd"\n'
        f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "{run}/containerd.sock"\n',
        encoding="utf-8",
    )
    return path


def _configuration(run: Path, data: Path, tls: Authority | None, port: int, bridge: str) -> Path:
    configuration: dict[str, object] = {
        "hosts": [f"unix://{run}/docker.sock"],
        "pidfile": f"{run}/docker.pid",
        "exec-root": f"{run}/exec",
        "data-root": f"{data}/docker",
        "containerd": f"{run}/containerd.sock",
        "features": {"containerd-snapshotter": True},
        "bridge": bridge,
        "iptables": False,
        "ip6tables": False,
    }
    if tls:
        configuration |= {
            "hosts": [f"unix://{run}/docker.sock", f"tcp://127.0.0.1:{port}"],
            "tlsverify": True,
            "tlscacert": str(tls.certificate),
            "tlscert": str(tls.server_certificate),
            "tlskey": str(tls.server_key),
        }
    path = run / "daemon.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    return path
