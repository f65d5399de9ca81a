"""Plugins without a CI server: `docker run -e PLUGIN_…`, as one tries them out, and as process 1."""

import io
import socket
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from docker.models.containers import Container

from kit import address
from kit.engine import Engine
from kit.images import BuiltImage

pytestmark = pytest.mark.container

FIX_TYPO = {
    "DRONE": "true",
    "DRONE_BUILD_EVENT": "push",
    "DRONE_COMMIT_MESSAGE": "fix typo",
    "PLUGIN_HOST": "https://x.invalid",
}


@contextmanager
def created(
    engine: Engine, image: str, environment: Mapping[str, str], files: Mapping[str, str] | None = None
) -> Iterator[Container]:
    """A container with files below its root, not yet started; removed at the end."""
    client = engine.client()
    hosts = {address.host_name(): address.gateway(client, "bridge")}
    container = client.containers.create(image, environment=dict(environment), extra_hosts=hosts)
    try:
        container.put_archive("/", archive(files or {}))
        yield container
    finally:
        container.remove(force=True)


def archive(files: Mapping[str, str]) -> bytes:
    """Files as a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))
    return buffer.getvalue()


def ran(
    engine: Engine, image: str, environment: Mapping[str, str], files: Mapping[str, str] | None = None
) -> tuple[int, list[str]]:
    """Exit code and lines of a container that ran to its end."""
    with created(engine, image, environment, files) as container:
        container.start()
        code = int(container.wait()["StatusCode"])
        return code, [without_colour(line) for line in container.logs().decode().splitlines()]


def without_colour(line: str) -> str:
    """A line as a person reads it."""
    return line.replace("\x1b[31m", "").replace("\x1b[0m", "")


def test_a_step_with_nothing_to_do_says_why_in_its_only_line(
    engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    code, lines = ran(engine, images["databricks-train"].name, FIX_TYPO)
    assert (code, lines) == (0, ['databricks-train: nothing to do: commit "fix typo" has no [train]'])


def test_a_misspelt_setting_is_an_error_that_names_the_right_one(
    engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    code, lines = ran(engine, images["databricks-train"].name, {**FIX_TYPO, "PLUGIN_TIMOUT": "5m"})
    assert (code, lines) == (
        2,
        ["error: settings.timout: there is no such setting; did you mean timeout?"],
    )


def test_a_setting_that_cannot_be_read_is_an_error_in_one_line(
    engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    code, lines = ran(engine, images["databricks-train"].name, {**FIX_TYPO, "PLUGIN_TIMEOUT": "soon"})
    assert (code, lines) == (
        2,
        ['error: settings.timeout: "soon" is not a duration; write 90s, 15m or 2h'],
    )


def test_secret_scan_scans_a_folder_that_is_mounted_anywhere(
    engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    key = "AKIA" + "IOSFODNN7EXAMPL3"
    code, lines = ran(
        engine, images["secret-scan"].name, {"DRONE_WORKSPACE": "/w"}, {"w/a.py": "", "w/b.py": key}
    )
    assert code == 3, lines
    assert lines[0] == "secret-scan 0.1.0 · no CI platform"
    assert "AWS Access Key  b.py:1:1" in lines


def test_build_image_needs_a_commit_for_its_tag(engine: Engine, images: Mapping[str, BuiltImage]) -> None:
    settings = {"PLUGIN_REPO": "team/model", "DRONE_BUILD_EVENT": "push"}
    code, lines = ran(engine, images["build-image"].name, settings)
    assert code == 2, lines
    assert lines[-1].startswith("error: the build has no commit (DRONE_COMMIT_SHA is unset)")


def test_docker_stop_ends_a_waiting_step_at_once(engine: Engine, images: Mapping[str, BuiltImage]) -> None:
    with socket.create_server(("", 0)) as no_engine:
        no_engine.settimeout(30)
        port = no_engine.getsockname()[1]
        settings = {
            "DRONE_BUILD_EVENT": "push",
            "DRONE_COMMIT_SHA": "c" * 40,
            "DRONE_WORKSPACE": "/w",
            "PLUGIN_REPO": "team/model",
            "PLUGIN_DOCKER_HOST": f"tcp://{address.host_name()}:{port}",
            "PLUGIN_DOCKER_WAIT": "60s",
        }
        files = {"w/Dockerfile": "FROM scratch\n"}
        with created(engine, images["build-image"].name, settings, files) as container:
            container.start()
            no_engine.accept()[0].close()  # it has asked for the engine, so it waits from now on
            start = time.monotonic()
            container.stop(timeout=20)
            took = time.monotonic() - start
            code = int(container.wait()["StatusCode"])
            log = container.logs().decode()
    assert code == 143, log
    assert took < 2
    assert without_colour(log.splitlines()[-1]) == "error: stopped by SIGTERM"
