"""Network, volumes and containers of one pipeline on the engine: labelled, and removed at the end."""

import secrets as random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import docker
from docker.errors import APIError, NotFound

from drone_plugin.testing.metadata import WORKSPACE
from kit import address
from kit.drone import script
from kit.drone.imagestore import available
from kit.drone.pipeline import Step, Volume
from kit.drone.workspace import Workspace
from kit.engine import Engine

LABEL = "drone-ml.kit.pipeline"
_SOCKET = "/var/run/docker.sock"


class Frames(Protocol):
    """What takes the output of a container, frame by frame."""

    def write(self, frame: bytes) -> None:
        """Take the next frame."""


@dataclass(frozen=True)
class Exit:
    """How a container ended."""

    code: int
    oom_killed: bool


class Killed(Exception):  # noqa: N818  # it is no error that a pipeline is cancelled
    """The pipeline was cancelled, so how this container ended says nothing."""


class Sandbox:
    """The place where one pipeline runs. `kill` may be called from any thread, at any time."""

    def __init__(
        self,
        engine: Engine,
        *,
        volumes: Sequence[Volume],
        images: Mapping[str, str],
        add_hosts: Mapping[str, str],
    ) -> None:
        self._engine = engine
        self._client = engine.client()
        self._volumes = {volume.name: volume for volume in volumes}
        self._images = images
        self._lock = threading.Lock()
        self._killed = False
        self._running: set[str] = set()
        self.id = f"drone-{random.token_hex(10)}"
        self.labels = {LABEL: self.id}
        self.network = self.id
        self.volume = self.id
        host_name = address.host_name()
        try:
            self._client.networks.create(self.network, driver="bridge", labels=self.labels)
            self.workspace = Workspace(self._client, self.volume, self.labels)
            for volume in volumes:
                if not volume.host:
                    self._client.volumes.create(self._named(volume), labels=self.labels)
            self._hosts = {host_name: address.gateway(self._client, self.network), **add_hosts}
        except BaseException:
            self.remove()
            raise

    def run(
        self,
        step: Step,
        environment: Mapping[str, str],
        output: Frames,
        *,
        started: Callable[[], None] | None = None,
    ) -> Exit:
        """Run a step to its end; `started` is called as soon as its container runs.

        Raises:
            DockerException: the image, the container or its start is refused.
            Killed: the pipeline was cancelled.
        """
        container = self._create(step, environment)
        self._start(container)
        if started:
            started()
        for frame in self._client.api.logs(container, stream=True, follow=True):
            if not self._killed:  # a cancel closes the log first
                output.write(frame)
        if self._killed:
            raise Killed
        code = int(self._client.api.wait(container)["StatusCode"])
        with self._lock:
            self._running.discard(container)
        state = self._client.api.inspect_container(container)["State"]
        return Exit(code, oom_killed=bool(state["OOMKilled"]))

    def kill(self) -> None:
        """SIGKILL to every container, and no other starts."""
        with self._lock:
            self._killed = True
            running = tuple(self._running)
        for container in running:
            with suppress(APIError):
                self._client.api.kill(container, signal="SIGKILL")

    def remove(self) -> None:
        """Kill what still runs, remove everything."""
        self.kill()
        mine = {"label": f"{LABEL}={self.id}"}
        for container in self._client.api.containers(all=True, filters=mine):
            with suppress(NotFound):
                self._client.api.remove_container(container["Id"], v=True, force=True)
        for volume in self._client.volumes.list(filters=mine):
            volume.remove(force=True)
        for network in self._client.networks.list(filters=mine):
            network.remove()

    def _create(self, step: Step, environment: Mapping[str, str]) -> str:
        api = self._client.api
        binds, tmpfs = self._mounts(step)
        entrypoint, command = step.entrypoint, step.command
        if step.commands:
            entrypoint, command = script.ENTRYPOINT, script.COMMAND
        workdir = WORKSPACE if step.commands or not step.detach else None
        # Filled afterwards: the stub of the constructor takes one endpoint for the map of all.
        networking = api.create_networking_config()
        networking["EndpointsConfig"] = {self.network: api.create_endpoint_config(aliases=[step.name])}
        made = api.create_container(
            available(self._client, step.image, step.pull, self._images),
            command=list(command) or None,
            entrypoint=list(entrypoint) or None,
            environment=dict(environment),
            working_dir=step.working_dir or workdir,
            user=step.user or None,
            labels=self.labels,
            host_config=api.create_host_config(
                binds=binds,
                tmpfs=tmpfs,
                privileged=step.privileged,
                extra_hosts=self._hosts | dict(host.split(":", 1) for host in step.extra_hosts),
            ),
            networking_config=networking,
        )
        return str(made["Id"])

    def _start(self, container: str) -> None:
        with self._lock:
            if self._killed:
                raise Killed  # it goes with everything else that carries the labels
            self._client.api.start(container)
            self._running.add(container)

    def _mounts(self, step: Step) -> tuple[list[str], dict[str, str]]:
        binds, tmpfs = [], {}
        for mount in step.volumes:
            volume = self._volumes.get(mount.volume)
            if volume is None:
                continue  # as the runner does: a volume that is not declared is not mounted
            if volume.medium == "memory":
                tmpfs[mount.path] = "mode=0700"
            else:
                binds.append(f"{self._source(volume)}:{mount.path}")
        return [*binds, f"{self.volume}:{WORKSPACE}"], tmpfs

    def _source(self, volume: Volume) -> str:
        if not volume.host:
            return self._named(volume)
        # A pipeline that asks for the machine's engine gets the one that it runs on.
        return self._engine.socket if volume.host in {_SOCKET, "/run/docker.sock"} else volume.host

    def _named(self, volume: Volume) -> str:
        return f"{self.id}-{volume.name}"


def leftovers(client: docker.DockerClient, run: str = "") -> list[str]:
    """Containers, volumes and networks that are still on the engine: of one run, or of all."""
    filters: dict[str, str | list[str] | bool] = {"label": f"{LABEL}={run}" if run else LABEL}
    containers = [str(container["Id"]) for container in client.api.containers(all=True, filters=filters)]
    volumes = [volume.name for volume in client.volumes.list(filters=filters)]
    networks = [network.name or "" for network in client.networks.list(filters=filters)]
    return [*containers, *volumes, *networks]
