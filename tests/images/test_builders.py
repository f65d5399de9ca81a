import io
import tarfile
from collections.abc import Iterator, Mapping

import pytest

from kit.builders import Build, Builder, build
from kit.engine import Engine
from kit.errors import KitError
from kit.image_files import plugin_files
from kit.images import BuiltImage, build_image

pytestmark = pytest.mark.container


def sources(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Without byte code and the tables of hashes over it: both depend on the order in which files are met."""
    return {name: content for name, content in files.items() if not name.endswith((".pyc", "RECORD"))}


@pytest.fixture
def buildkit_image(engine: Engine, base_image: str) -> Iterator[BuiltImage]:
    """A plugin made by BuildKit, under a name of its own; the Dockerfiles are alike, so one stands for all."""
    name = "drone-ml/secret-scan:buildkit"
    yield build_image(engine, base_image, "secret-scan", name=name, builder="buildkit")
    engine.client().images.remove(name)


def test_buildkit_makes_the_same_image_as_the_classic_builder(
    buildkit_image: BuiltImage, engine: Engine, base_image: str
) -> None:
    classic = build_image(engine, base_image, "secret-scan")
    assert sources(plugin_files(engine, buildkit_image.id)) == sources(plugin_files(engine, classic.id))


@pytest.mark.parametrize("builder", ["classic", "buildkit"])
def test_a_failed_build_says_why_and_leaves_no_container(
    builder: Builder, engine: Engine, base_image: str
) -> None:
    client = engine.client()
    dockerfile = f"FROM {base_image}\nRUN echo on the way; exit 7\n".encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(dockerfile)
        archive.addfile(info, io.BytesIO(dockerfile))
    asked = Build(archive=buffer.getvalue(), dockerfile="Dockerfile", tag="drone-ml/fails:test")
    with pytest.raises(KitError, match=r"exit code: 7|non-zero code: 7"):
        build(client, asked, builder=builder)
    left = [entry["Command"] for entry in client.api.containers(all=True) if "on the way" in entry["Command"]]
    assert not left


def test_an_unchanged_image_is_not_built_again(
    engine: Engine, base_image: str, images: dict[str, BuiltImage], capsys: pytest.CaptureFixture[str]
) -> None:
    again = build_image(engine, base_image, "secret-scan")
    assert again == images["secret-scan"]
    assert capsys.readouterr().out == ""
