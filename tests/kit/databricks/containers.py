"""The machines of a cluster: one container per attempt at a task, on the Docker engine."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import docker
from docker.errors import DockerException, NotFound
from docker.models.containers import Container
from docker.utils import parse_repository_tag

from kit.address import gateway, host_name
from kit.databricks.brake import Brake
from kit.databricks.files import Entry
from kit.databricks.launch import Launch, cluster_failure
from kit.databricks.output import output_of
from kit.databricks.runs import Output
from kit.databricks.spec import BasicAuth

LABEL = "drone-ml.databricks"
_REPL = Path(__file__).with_name("repl.py")
_REPL_PATH = "/databricks/python_shell/repl.py"
_REPORT_PATH = "/databricks/python_shell/report.json"
# A cluster ignores the image's entry point and command. PYSPARK_PYTHON comes from the cluster or the image.
_START = (
    "python=${PYSPARK_PYTHON:-/databricks/python3/bin/python}; "
    '[ -n "${PYSPARK_PYTHON:-}" ] || [ -x "$python" ] || python=python3; '
    f'exec "$python" -u {_REPL_PATH} {_REPORT_PATH} "$@" 2>&1'
)


class Containers:
    """The containers of one workspace, which carry its name as a label."""

    def __init__(
        self, client: docker.DockerClient, workspace: str, network: str, extra_hosts: Mapping[str, str]
    ) -> None:
        self._client = client
        self._workspace = workspace
        self._network = network
        self._extra_hosts = extra_hosts

    def create(self, launch: Launch, mounted: Sequence[Entry], cluster_id: str) -> Container:
        """Pull the image, as a cluster that has never seen it, and make a container that is not started.

        Raises:
            LaunchError: the image cannot be pulled, or no container can be made of it.
        """
        try:
            self._pull(launch.image, launch.login)
        except DockerException as error:
            message = f"Failed to pull docker image {launch.image}: {_reason(error)}"
            raise cluster_failure(cluster_id, "DOCKER_IMAGE_PULL_FAILURE", message) from None
        try:
            container = self._create(launch, cluster_id)
        except DockerException as error:
            raise cluster_failure(cluster_id, "DOCKER_CONTAINER_CREATION_EXCEPTION", _reason(error)) from None
        container.put_archive("/", _archive(mounted))
        return container

    def remove_all(self) -> None:
        """Remove what this workspace has left on the engine."""
        containers = self._client.containers
        label = f"{LABEL}={self._workspace}"
        for container in containers.list(all=True, filters={"label": label}, ignore_removed=True):
            container.remove(v=True, force=True)

    def _pull(self, image: str, login: BasicAuth | None) -> None:
        repository, tag = parse_repository_tag(image)
        credentials = {"username": login.username, "password": login.password} if login else {}
        # An empty login, not None: docker-py would send what ~/.docker/config.json knows.
        steps = self._client.api.pull(
            repository, tag or "latest", stream=True, decode=True, auth_config=credentials
        )
        errors = [step["error"] for step in steps if "error" in step]
        if errors:
            raise DockerException(errors[0])

    def _create(self, launch: Launch, cluster_id: str) -> Container:
        return self._client.containers.create(
            launch.image,
            entrypoint=["/bin/sh"],
            command=["-c", _START, "driver", launch.script, *launch.arguments],
            environment=dict(launch.environment),
            working_dir=launch.folder,
            user="root",
            init=True,  # as the first process Python would not even notice SIGTERM
            labels={LABEL: self._workspace, f"{LABEL}.cluster": cluster_id},
            network=self._network,
            extra_hosts={host_name(): gateway(self._client, self._network), **self._extra_hosts},
        )


def start(container: Container, brake: Brake, cluster_id: str) -> bool:
    """Start a container unless its run was stopped before; False then.

    Raises:
        LaunchError: the image has nothing that could start.
    """
    try:
        return brake.start(container)
    except DockerException as error:
        raise cluster_failure(cluster_id, "DOCKER_CONTAINER_CREATION_EXCEPTION", _reason(error)) from None


def output_from(container: Container, exit_code: int) -> Output:
    """What a container has left that has ended."""
    try:
        chunks, _ = container.get_archive(_REPORT_PATH)
    except NotFound:
        return output_of(container.logs(), None, exit_code)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        report = tar.extractfile(tar.getmembers()[0])
        return output_of(container.logs(), report.read() if report else None, exit_code)


def _archive(mounted: Sequence[Entry]) -> bytes:
    """A tar of /Workspace with the workspace's files in it, and of what starts one of them."""
    packed = io.BytesIO()
    files = {f"Workspace{entry.path}": entry.content for entry in mounted}
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in {**files, _REPL_PATH.lstrip("/"): _REPL.read_bytes()}.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _reason(error: DockerException) -> str:
    explanation: object = getattr(error, "explanation", None)
    return str(explanation or error)
