import tomllib
from collections.abc import Iterator

import pytest
from docker.models.containers import Container

from kit.context import source_files
from kit.engine import Engine
from kit.images import BuiltImage
from kit.paths import PLUGINS, SHARED, plugin_names

pytestmark = pytest.mark.container


def modules(plugin: str) -> Iterator[str]:
    """Every module that the image of a plugin is built with: its own, and those of the libraries it needs."""
    text = (PLUGINS / plugin / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = tomllib.loads(text)["project"]["dependencies"]
    packages = [PLUGINS / plugin, *(path for path in SHARED.iterdir() if path.name in dependencies)]
    for source in (package / "src" for package in packages):
        for path in source_files(plugin):
            if path.suffix != ".py" or not path.is_relative_to(source):
                continue
            parts = path.relative_to(source).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.fixture(scope="module")
def idle(engine: Engine, images: dict[str, BuiltImage]) -> Iterator[dict[str, Container]]:
    """One idle container of each plugin's image, to start interpreters in."""
    client = engine.client()
    running = {
        plugin: client.containers.run(image.id, ["600"], entrypoint="sleep", detach=True, network_mode="none")
        for plugin, image in images.items()
    }
    yield running
    for container in running.values():
        container.remove(force=True)


def python(container: Container, code: str) -> tuple[int | None, str]:
    """The exit code and output of a line of Python, isolated as the entry point is."""
    status, output = container.exec_run(["/opt/plugin/bin/python", "-I", "-c", code])
    return status, b"".join([output] if isinstance(output, bytes) else output).decode()


@pytest.mark.parametrize(
    ("plugin", "module"), [(plugin, module) for plugin in plugin_names() for module in modules(plugin)]
)
def test_every_module_of_a_plugin_imports_in_its_own_image(
    plugin: str, module: str, idle: dict[str, Container]
) -> None:
    status, output = python(idle[plugin], f"import {module}")
    assert status == 0, output


@pytest.mark.parametrize("plugin", plugin_names())
def test_the_plugins_of_an_image_stay_among_themselves(plugin: str, idle: dict[str, Container]) -> None:
    script = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"
    _, output = python(idle[plugin], script)
    assert set(output.split()) & set(plugin_names()) == {plugin}
