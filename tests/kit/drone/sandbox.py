"""Network, volumes and containers of one pipeline on the engine: labelled, and removed at the end."""

import io
import secrets as random
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from kit import address
from kit.drone import script
from kit.drone.metadata import WORKSPACE
from kit.drone.pipeline import Step, Volume
from kit.engine import Engine

EMPTY_IMAGE = "drone-ml-empty:local"
LABEL = "drone-ml.kit.pipeline"
_SOCKET = "/var/run/docker.sock"
_KEPT_FOLDER = ".drone-ml"
_EMPTY_TAR = 10240
_LARGEST_KEPT = 4 * 1024 * 1024


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
    """The pipeline was cancelled before this container could start."""


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
        self._containers: list[str] = []
        self.id = f"drone-{random.token_hex(10)}"
        self.labels = {LABEL: self.id}
        self.network = self.id
        self.volume = self.id
        self._idle = ""
        self._client.networks.create(self.network, driver="bridge", labels=self.labels)
        gateway = address.gateway(self._client, self.network)
        self._hosts = {address.host_name(): gateway, **add_hosts}
        for name in (self.volume, *(self._named(volume) for volume in volumes if not volume.host)):
            self._client.volumes.create(name, labels=self.labels)

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
            Killed: the pipeline was cancelled before.
        """
        container = self._create(step, environment)
        self._start(container)
        if started:
            started()
        for frame in self._client.api.logs(container, stream=True, follow=True):
            if not self._killed:  # a cancel closes the log first
                output.write(frame)
        code = int(self._client.api.wait(container)["StatusCode"])
        with self._lock:
            self._running.discard(container)
        state = self._client.api.inspect_container(container)["State"]
        return Exit(code, oom_killed=bool(state["OOMKilled"]))

    def fill(self, archive: bytes) -> None:
        """Unpack an archive into the workspace."""
        self._client.api.put_archive(self._keeper(), WORKSPACE, archive)

    def files(self) -> dict[str, bytes]:
        """The files below `.drone-ml/` of the workspace, by their path in it; large ones are left out."""
        try:
            chunks, _ = self._client.api.get_archive(self._keeper(), f"{WORKSPACE}/{_KEPT_FOLDER}")
        except NotFound:
            return {}
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            return dict(_small_files(tar))

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
        for container in self._containers:
            with suppress(NotFound):
                self._client.api.remove_container(container, v=True, force=True)
        for volume in self._client.volumes.list(filters={"label": f"{LABEL}={self.id}"}):
            volume.remove(force=True)
        self._client.networks.get(self.network).remove()

    def _keeper(self) -> str:
        """A container that is never started: the engine mounts the workspace for copies all the same."""
        if not self._idle:
            api = self._client.api
            made = api.create_container(
                _empty_image(self._client),
                command=["none"],
                labels=self.labels,
                host_config=api.create_host_config(binds=[f"{self.volume}:{WORKSPACE}"]),
            )
            self._idle = str(made["Id"])
            self._containers.append(self._idle)
        return self._idle

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
            self._image(step.image, step.pull),
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
        container = str(made["Id"])
        with self._lock:
            self._containers.append(container)
        return container

    def _start(self, container: str) -> None:
        with self._lock:
            if self._killed:
                raise Killed
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

    def _image(self, name: str, pull: str) -> str:
        """The image to run: the local one that stands for the name, else the name itself, pulled as asked."""
        if name in self._images:
            return self._images[name]
        latest = name.endswith(":latest") or ":" not in name.rsplit("/", 1)[-1]
        if pull == "always" or (not pull and latest):
            self._client.images.pull(*_repository_and_tag(name))
            return name
        try:
            self._client.images.get(name)
        except ImageNotFound:
            if pull == "never":
                raise
            self._client.images.pull(*_repository_and_tag(name))
        return name


def _empty_image(client: docker.DockerClient) -> str:
    with suppress(ImageNotFound):
        client.images.get(EMPTY_IMAGE)
        return EMPTY_IMAGE
    repository, _, tag = EMPTY_IMAGE.partition(":")
    client.api.import_image_from_data(b"\0" * _EMPTY_TAR, repository=repository, tag=tag)
    return EMPTY_IMAGE


def _repository_and_tag(name: str) -> tuple[str, str]:
    last = name.rsplit("/", 1)[-1]
    if "@" in last or ":" not in last:
        return name, "" if "@" in last else "latest"
    repository, _, tag = name.rpartition(":")
    return repository, tag


def _small_files(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in tar:
        content = tar.extractfile(member) if member.isfile() and member.size <= _LARGEST_KEPT else None
        if content:
            yield member.name, content.read()


def leftovers(client: docker.DockerClient) -> list[str]:
    """Names of the containers, volumes and networks of pipelines that are still on the engine."""
    filters: dict[str, str | list[str] | bool] = {"label": LABEL}
    containers = [container.name or "" for container in client.containers.list(all=True, filters=filters)]
    volumes = [volume.name for volume in client.volumes.list(filters=filters)]
    networks = [network.name or "" for network in client.networks.list(filters=filters)]
    return [*containers, *volumes, *networks]


__all__ = ["DockerException", "Exit", "Frames", "Killed", "Sandbox", "leftovers"]
