from pathlib import Path

import pytest

from kit.engine import Engine
from kit.errors import KitError
from kit.publish import Release, buildable, publish, publish_plugin, tags_of
from kit.registry import Registry
from kit.registry_client import Credentials


@pytest.mark.parametrize(
    ("version", "tags"),
    [
        ("1.2.3", ("1.2.3", "1.2", "1")),
        ("v10.0.0", ("10.0.0", "10.0", "10")),
        ("2.0.0-rc.1", ("2.0.0-rc.1",)),
    ],
)
def test_a_release_moves_its_shorter_tags_and_a_pre_release_none(version: str, tags: tuple[str, ...]) -> None:
    assert tags_of(version) == tags


@pytest.mark.parametrize("version", ["", "1.2", "latest", "1.2.3.4", "1.2.3 "])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(KitError, match=r"VERSION=1\.2\.3"):
        tags_of(version)


@pytest.mark.container
def test_a_registry_without_a_host_is_refused(engine: Engine) -> None:
    with pytest.raises(KitError, match=r"REGISTRY=host/name"):
        next(publish(engine, Release("team", "1.2.3")))


def test_it_says_what_it_builds_for_and_what_is_missing_for_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert buildable("amd64", tmp_path) == ("amd64",)
    assert "not for arm64: no qemu-aarch64 is registered" in capsys.readouterr().out
    (tmp_path / "qemu-aarch64").touch()
    assert buildable("amd64", tmp_path) == ("amd64", "arm64")
    assert capsys.readouterr().out == "building for amd64, arm64\n"


@pytest.mark.container
def test_every_tag_of_a_release_names_one_index_of_the_image(engine: Engine, base_image: str) -> None:
    client = engine.client()
    login = Credentials("release", "s3cret")
    architecture = str(client.version()["Arch"])
    with Registry(credentials=login) as registry:
        release = Release(
            f"{registry.address}/team", "1.2.3", source="https://git.example/suite", revision="c0ffee"
        )
        published = publish_plugin(engine, release, "secret-scan", {architecture: base_image}, login)
        assert {registry.digest("team/secret-scan", tag) for tag in published.tags} == {published.digest}
        index = registry.manifest("team/secret-scan", published.digest)
        assert index is not None
        (image,) = index.body["manifests"]
        assert image["platform"] == {"architecture": architecture, "os": "linux"}
        assert image["digest"] == registry.digest("team/secret-scan", f"1.2.3-{architecture}")
        name = f"{published.repository}:1.2.3-{architecture}"
        labels = client.images.get(name).labels
        client.images.remove(name)
    assert labels["org.opencontainers.image.version"] == "1.2.3"
    assert labels["org.opencontainers.image.revision"] == "c0ffee"


@pytest.mark.container
def test_a_refused_login_publishes_nothing(engine: Engine, base_image: str) -> None:
    client = engine.client()
    architecture = str(client.version()["Arch"])
    with Registry(credentials=Credentials("release", "s3cret")) as registry:
        release = Release(f"{registry.address}/team", "1.2.3")
        with pytest.raises(KitError, match=r"authentication required|no basic auth"):
            publish_plugin(
                engine, release, "secret-scan", {architecture: base_image}, Credentials("release", "wrong")
            )
        assert registry.digest("team/secret-scan", "1") is None
    client.images.remove(f"{registry.address}/team/secret-scan:1.2.3-{architecture}")
