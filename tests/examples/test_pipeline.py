"""The example's `.drone.yml` and its repository: what users copy, and what the demo makes of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from build_image.settings import BuildSettings
from databricks_train.settings import TrainSettings
from drone_plugin import Settings
from drone_plugin.settings import declared
from drone_plugin.testing.encode import Settings as Encoded
from kit.drone.pipeline import Pipeline, Step, parse
from kit.errors import KitError
from kit.example import EXAMPLE, demo_pipeline, example_repository
from secret_scan.settings import ScanSettings

TEXT = (EXAMPLE / ".drone.yml").read_text(encoding="utf-8")
SETTINGS: dict[str, type[Settings]] = {
    "secret-scan": ScanSettings,
    "build-image": BuildSettings,
    "train": TrainSettings,
}
ADDRESSES = {"PLUGIN_REPO", "PLUGIN_IMAGE_REPO", "PLUGIN_HOST", "PLUGIN_MLFLOW_TRACKING_URI"}
ADDRESSES |= {"PLUGIN_INSECURE_REGISTRY", "PLUGIN_BUILD_ARGS"}
plugin_steps = pytest.mark.parametrize(("name", "model"), SETTINGS.items(), ids=SETTINGS)


def pipeline(text: str = TEXT) -> Pipeline:
    """The only pipeline in the text."""
    (found,) = parse(text, {})
    return found


def step(name: str, text: str = TEXT) -> Step:
    """One step of it."""
    return next(step for step in pipeline(text).steps if step.name == name)


def in_the_demo() -> str:
    """The text with addresses as the demo has them."""
    return demo_pipeline(TEXT, "box:5000", "http://box:1", "http://box:2")


@plugin_steps
def test_every_setting_that_reroutes_or_unlocks_is_written_out(name: str, model: type[Settings]) -> None:
    pins = {f"PLUGIN_{key.upper()}" for key, field in model.model_fields.items() if declared(field).pin}
    written = step(name).settings
    assert pins <= written.values.keys() | written.secrets.keys()


@plugin_steps
@pytest.mark.parametrize("text", [TEXT, in_the_demo()], ids=["committed", "demo"])
def test_the_plugins_understand_every_setting(name: str, model: type[Settings], text: str) -> None:
    written = step(name, text).settings
    secrets = {variable: f"value of {secret}" for variable, secret in written.secrets.items()}
    settings = model.load({**written.values, **secrets})
    settings.require()
    assert settings.warnings == ()


def test_no_secret_is_written_in_clear() -> None:
    referenced = {secret for step in pipeline().steps for secret in step.settings.secrets.values()}
    assert referenced == {"registry_password", "databricks_token"}


def test_the_demo_changes_addresses_and_nothing_else() -> None:
    def without_addresses(step: Step) -> Step:
        kept = {key: value for key, value in step.settings.values.items() if key not in ADDRESSES}
        return replace(step, settings=Encoded(kept, step.settings.secrets))

    committed, shown = pipeline(), pipeline(in_the_demo())
    assert shown != committed
    assert replace(shown, steps=()) == replace(committed, steps=())
    assert [*map(without_addresses, shown.steps)] == [*map(without_addresses, committed.steps)]


def test_the_demo_has_an_address_of_this_machine_in_every_place() -> None:
    written = step("build-image", in_the_demo()).settings.values
    assert written["PLUGIN_REPO"] == "box:5000/team/digits"
    written = step("train", in_the_demo()).settings.values
    assert written["PLUGIN_IMAGE_REPO"] == "box:5000/team/digits"
    assert written["PLUGIN_HOST"] == "http://box:1"
    assert written["PLUGIN_MLFLOW_TRACKING_URI"] == "http://box:2"
    assert "acme" not in in_the_demo()
    assert "registry.example.com" not in in_the_demo()


def test_a_pipeline_without_the_addresses_is_refused() -> None:
    with pytest.raises(KitError, match=r"registry\.example\.com"):
        demo_pipeline(in_the_demo(), "box:5000", "http://box:1", "http://box:2")


def test_the_repository_has_the_same_two_commits_every_time(tmp_path: Path) -> None:
    first, second = (example_repository(tmp_path / name, TEXT) for name in ("first", "second"))
    assert (first.plain, first.asking) == (second.plain, second.asking)
    assert "[train]" not in first.plain.message
    assert first.asking.message.splitlines()[0].endswith(" [train]")


def test_the_repository_ends_as_the_example_is(tmp_path: Path) -> None:
    made = example_repository(tmp_path / "made", TEXT)
    for name in (".drone.yml", ".dockerignore", "Dockerfile", "src/digits/train.py", "tests/test_train.py"):
        assert (made.path / name).read_bytes() == (EXAMPLE / name).read_bytes()
    assert not [*made.path.rglob("__pycache__")]
