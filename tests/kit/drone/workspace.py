"""The workspace of a pipeline: a volume that belongs to root, filled from the host and read at the end."""

import io
import tarfile
from collections.abc import Iterator, Mapping

import docker
from docker.errors import NotFound

from drone_plugin.testing.metadata import WORKSPACE
from kit.drone.imagestore import empty_image

KEPT_FOLDER = ".drone-ml"
LARGEST_KEPT = 4 * 1024 * 1024


class Workspace:
    """The volume of that name; it is made here, and removed with everything that carries the labels."""

    def __init__(self, client: docker.DockerClient, volume: str, labels: Mapping[str, str]) -> None:
        self._api = client.api
        self._client = client
        self._volume = volume
        self._labels = dict(labels)
        self._idle = ""
        client.volumes.create(volume, labels=self._labels)

    def fill(self, archive: bytes) -> None:
        """Unpack a tar archive into it."""
        self._api.put_archive(self._keeper(), WORKSPACE, archive)

    def files(self) -> dict[str, bytes]:
        """The files below `.drone-ml/`, by their path in the workspace; those over 4 MiB are left out."""
        try:
            chunks, _ = self._api.get_archive(self._keeper(), f"{WORKSPACE}/{KEPT_FOLDER}")
        except NotFound:
            return {}
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            return dict(_small_files(tar))

    def _keeper(self) -> str:
        """A container that is never started: the engine mounts the volume for copies all the same."""
        if not self._idle:
            made = self._api.create_container(
                empty_image(self._client),
                command=["none"],
                labels=self._labels,
                host_config=self._api.create_host_config(binds=[f"{self._volume}:{WORKSPACE}"]),
            )
            self._idle = str(made["Id"])
        return self._idle


def _small_files(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in tar:
        content = tar.extractfile(member) if member.isfile() and member.size <= LARGEST_KEPT else None
        if content:
            yield member.name, content.read()
