"""What a container gets and gives: variables, secrets, volumes, network, log and files."""

import ipaddress
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.environment import Secret
from drone_plugin.testing.errors import PipelineError
from drone_plugin.testing.spec import BuildSpec
from kit import address
from kit.drone.recorded import recorded_environments
from kit.drone.result import Status
from kit.drone.run import run_step
from kit.drone.tiny import TinyRunner, statuses, tiny_pipeline
from kit.engine import Engine

pytestmark = pytest.mark.container

PUSH = build.push("c" * 40, "fix: a typo")
# Prints what the container really has.
SHOW = "python3 -c 'import json, os; print(json.dumps(dict(os.environ)))'"
PING = """
import socket
engine = socket.socket(socket.AF_UNIX)
engine.connect("/var/run/docker.sock")
engine.send(b"GET /info HTTP/1.0\\r\\n\\r\\n")
print(engine.makefile().read())
"""
FETCH = """
import time, urllib.request
for _ in range(200):
    try:
        print(urllib.request.urlopen("http://web:8000").status)
        break
    except OSError:
        time.sleep(0.05)
"""
CARD = """
import base64
print("before")
print("\\x1b]1338;" + base64.b64encode(b'{"schema":"https://x"}').decode() + "\\x1b]0m")
print("after")
"""


def image_that_runs(engine: Engine, base: str, name: str, *arguments: str) -> Iterator[str]:
    """A local image with its own entry point, made without a build and removed after the test."""
    client = engine.client()
    container = client.containers.create(base, labels={"drone-ml.kit": "test"})
    try:
        container.commit(name, "test", changes=f"ENTRYPOINT {json.dumps(arguments)}")
        yield f"{name}:test"
        client.images.remove(f"{name}:test", force=True)
    finally:
        container.remove()


@pytest.fixture
def sleeping_image(engine: Engine, base_image: str) -> Iterator[str]:
    yield from image_that_runs(engine, base_image, "drone-ml-test-sleep", "sleep", "60")


@pytest.fixture
def printing_image(engine: Engine, base_image: str) -> Iterator[str]:
    program = "import os; print(os.environ['PLUGIN_WHAT']); print(os.getcwd()); print(os.listdir())"
    yield from image_that_runs(engine, base_image, "drone-ml-test-print", "python3", "-c", program)


def test_a_plugin_step_gets_settings_secrets_and_metadata(engine: Engine, base_image: str) -> None:
    step = run_step(
        base_image,
        {
            "flag": True,
            "my-key": "x",
            "empty": "",
            "token": {"from_secret": "t"},
            "gone": {"from_secret": "no"},
        },
        PUSH,
        engine=engine,
        secrets={"t": "s3cr3t"},
        environment={"HELLO": "world"},
    )

    expected = {
        "PLUGIN_FLAG": "true",
        "PLUGIN_MY-KEY": "x",
        "PLUGIN_TOKEN": "s3cr3t",
        "PLUGIN_GONE": "",
        "HELLO": "world",
    }
    assert expected.items() <= step.environment.items()
    assert "PLUGIN_EMPTY" not in step.environment
    assert (step.environment["DRONE_STEP_NUMBER"], step.environment["DRONE_COMMIT_MESSAGE"]) == (
        "2",
        "fix: a typo",
    )


def test_the_container_has_what_the_result_says(run_tiny: TinyRunner) -> None:
    step = run_tiny(
        tiny_pipeline(f"name: a, commands: [{json.dumps(SHOW)}], settings: {{list: [a, b]}}"), PUSH
    ).step("a")

    seen = json.loads(step.log.splitlines()[-1])
    expected = {key: value for key, value in step.environment.items() if key != "DRONE_SCRIPT"}
    assert expected.items() <= seen.items()
    assert (seen["PLUGIN_LIST"], seen["PWD"]) == ("a,b", "/drone/src")


def test_a_container_has_the_variables_of_a_real_one(run_tiny: TinyRunner, tmp_path: Path) -> None:
    (tmp_path / "show.py").write_text("import json, os\nprint(json.dumps(dict(os.environ)))\n")
    settings = "{flag: true, list: [a, b], my-key: x, token: {from_secret: token}, missing: {from_secret: no}, empty: ''}"
    step = f"name: train, entrypoint: [python3, show.py], settings: {settings}"
    result = run_tiny(
        tiny_pipeline(step, clone=True), PUSH, workspace_source=tmp_path, secrets={"token": "REDACTED"}
    )

    seen, expected = json.loads(result.step("train").raw_log), recorded_environments("github")["push"]
    del expected["PLUGIN_PUSHONLY"]  # a setting that this step has not
    assert seen.keys() == expected.keys()
    assert {name for name in seen if name.startswith("PLUGIN_") and seen[name] != expected[name]} == set()


def test_a_missing_secret_is_present_and_empty(run_tiny: TinyRunner) -> None:
    command = 'echo "set:${PLUGIN_X+yes} value:[$PLUGIN_X]"'.replace("$", "$$")
    result = run_tiny(
        tiny_pipeline(f"name: a, commands: ['{command}'], settings: {{x: {{from_secret: nope}}}}"), PUSH
    )

    assert result.step("a").log.endswith("set:yes value:[]\n")


def test_secrets_are_masked_in_the_log_and_kept_in_the_raw_one(
    run_tiny: TinyRunner,
) -> None:
    steps = (
        "name: a, environment: {S: {from_secret: s}}, commands: ['echo one=s3cr3t two=line2 u=UNDECLARED']",
        "name: b, commands: ['echo elsewhere s3cr3t']",
    )
    result = run_tiny(tiny_pipeline(*steps), PUSH, secrets={"s": "s3cr3t\n line2 ", "u": "UNDECLARED"})

    assert result.step("a").log.endswith("one=****** two=****** u=UNDECLARED\n")
    assert result.step("a").raw_log.endswith("one=s3cr3t two=line2 u=UNDECLARED\n")
    assert result.step("b").log.endswith("elsewhere ******\n")


def test_the_workspace_is_handed_from_step_to_step_and_read_at_the_end(
    run_tiny: TinyRunner,
) -> None:
    result = run_tiny(
        tiny_pipeline(
            "name: a, commands: ['mkdir .drone-ml', 'echo {} > .drone-ml/image.json']",
            "name: b, commands: ['cp .drone-ml/image.json .drone-ml/training.json']",
        ),
        PUSH,
    )

    assert result.file(".drone-ml/training.json") == b"{}\n"
    assert result.json(".drone-ml/image.json") == {}
    assert result.file("elsewhere.json") is None


def test_a_step_leaves_its_files_too(engine: Engine, base_image: str, tmp_path: Path) -> None:
    (tmp_path / ".drone-ml").mkdir()
    (tmp_path / ".drone-ml" / "image.json").write_text("{}")
    step = run_step(base_image, "a: 1", PUSH, engine=engine, workspace=tmp_path)

    assert step.file(".drone-ml/image.json") == b"{}"


def test_a_temporary_volume_is_shared_by_the_steps_that_mount_it(
    run_tiny: TinyRunner,
) -> None:
    steps = (
        "name: a, volumes: [{name: v, path: /v}], commands: ['touch /v/x']",
        "name: b, volumes: [{name: v, path: /w}], commands: ['ls /w/x']",
    )

    assert run_tiny(tiny_pipeline(*steps, more="volumes: [{name: v, temp: {}}]"), PUSH).passed


def test_a_step_can_run_as_another_user_who_cannot_write_the_workspace(
    run_tiny: TinyRunner,
) -> None:
    result = run_tiny(tiny_pipeline("name: a, user: '1000', commands: ['id -u', 'touch x']"), PUSH)

    assert result.step("a").status is Status.FAILURE
    assert "1000\n" in result.step("a").log


def test_pull_requests_have_no_secrets_and_their_promotion_has(
    run_tiny: TinyRunner,
) -> None:
    pull = build.pull_request(7, "c" * 40, title="x")
    text = tiny_pipeline("name: a, commands: [true], settings: {x: {from_secret: s}, y: {from_secret: open}}")
    secrets: dict[str, str | Secret] = {"s": "closed", "open": Secret("opened", pull_request=True)}

    def plugin_settings(spec: BuildSpec) -> tuple[str, str]:
        environment = run_tiny(text, spec, secrets=secrets).step("a").environment
        return environment["PLUGIN_X"], environment["PLUGIN_Y"]

    assert plugin_settings(pull) == ("", "opened")
    assert plugin_settings(build.promote(pull, "production", number=2)) == ("closed", "opened")


def test_steps_reach_a_service_by_its_name_and_it_counts_as_passed(
    run_tiny: TinyRunner, tmp_path: Path
) -> None:
    (tmp_path / "fetch.py").write_text(FETCH)
    service = "services: [{name: web, image: tiny, commands: [python3 -m http.server 8000]}]"
    result = run_tiny(
        tiny_pipeline("name: a, commands: [python3 fetch.py]", more=service, clone=True),
        PUSH,
        workspace_source=tmp_path,
    )

    assert statuses(result) == {"clone": "success", "web": "success", "a": "success"}
    assert result.step("a").log.endswith("200\n")


def test_a_card_is_taken_out_of_the_log(run_tiny: TinyRunner, tmp_path: Path) -> None:
    (tmp_path / "card.py").write_text(CARD)
    result = run_tiny(
        tiny_pipeline("name: a, entrypoint: [python3, card.py]", clone=True), PUSH, workspace_source=tmp_path
    )

    assert result.step("a").card == '{"schema":"https://x"}'
    assert result.step("a").log == "before\nafter\n"


def test_the_machine_is_reached_by_its_name(run_tiny: TinyRunner) -> None:
    log = (
        run_tiny(tiny_pipeline(f"name: a, commands: [getent hosts {address.host_name()}]"), PUSH)
        .step("a")
        .log
    )

    assert not ipaddress.ip_address(log.splitlines()[-1].split()[0]).is_loopback


def test_the_engines_socket_is_the_one_of_the_engine_in_use(
    run_tiny: TinyRunner, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "ping.py").write_text(PING)
    step = "name: a, volumes: [{name: sock, path: /var/run/docker.sock}], commands: [python3 ping.py]"
    volumes = "volumes: [{name: sock, host: {path: /var/run/docker.sock}}]"
    result = run_tiny(tiny_pipeline(step, more=volumes, clone=True), PUSH, workspace_source=tmp_path)

    assert engine.client().info()["ID"] in result.step("a").log


def test_an_untrusted_repository_gets_no_path_of_the_host(run_tiny: TinyRunner) -> None:
    text = tiny_pipeline("name: a, commands: [true]", more="volumes: [{name: etc, host: {path: /etc}}]")

    with pytest.raises(PipelineError, match="untrusted repositories cannot mount host volumes"):
        run_tiny(text, PUSH, trusted=False)


def test_hosts_and_variables_of_the_runner_can_be_given(run_tiny: TinyRunner) -> None:
    step = "name: a, commands: [getent hosts other.test, 'echo $$EXTRA']"
    result = run_tiny(
        tiny_pipeline(step), PUSH, add_hosts={"other.test": "10.1.2.3"}, runner_environment={"EXTRA": "yes"}
    )

    assert "10.1.2.3" in result.step("a").log
    assert result.step("a").log.endswith("yes\n")


def test_a_time_limit_ends_a_single_step_too(engine: Engine, sleeping_image: str) -> None:
    step = run_step(sleeping_image, {}, PUSH, engine=engine, timeout=1)

    assert (step.status, step.exit_code) == (Status.KILLED, 137)


def test_a_plugin_step_runs_the_images_own_entry_point_in_the_workspace(
    engine: Engine, printing_image: str, tmp_path: Path
) -> None:
    (tmp_path / "hello").write_text("x")
    step = run_step(printing_image, "what: from yaml", PUSH, engine=engine, workspace=tmp_path)

    assert step.log.splitlines() == ["from yaml", "/drone/src", "['hello']"]
