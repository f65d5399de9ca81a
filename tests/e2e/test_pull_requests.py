"""Pull requests whose description asks for a training: nothing is pushed or trained, and the log says why."""

from dataclasses import replace

import pytest
import yaml

from drone_plugin.testing import build
from drone_plugin.testing.environment import Secret
from drone_plugin.testing.spec import BuildSpec
from kit.service import Service
from kit.stage import TOKEN

pytestmark = pytest.mark.e2e

ASKED = "This is worth a look.\n\n[train]"
SECRETS = {
    "withheld": Secret(TOKEN),
    "handed out": Secret(TOKEN, pull_request=True),
}


def pull_request(service: Service) -> BuildSpec:
    """A pull request of a commit on top of the default branch; its description asks for a training."""
    base = service.commit("Begin").commit
    service.repository.git("checkout", "-q", "-b", "feature")
    head = service.commit("Retune the model", {"notes.md": "more\n"}).commit
    service.repository.git("update-ref", "refs/pull/7/head", head)
    return build.pull_request(7, head, title="Retune the model", description=ASKED, before=base, number=3)


def without_scan(pipeline: str) -> str:
    """The steps that would do something for a training."""
    loaded = yaml.safe_load(pipeline)
    return yaml.safe_dump({**loaded, "steps": loaded["steps"][1:]}, sort_keys=False)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("trigger", ["keyword", "always"])
def test_a_description_that_asks_for_a_training_trains_nothing(
    service: Service, secret: str, trigger: str
) -> None:
    before = len(service.stage.workspace.requests)
    pipeline = without_scan(service.pipeline(train={"trigger": trigger}))
    result = service.run(pull_request(service), pipeline, secrets={"databricks_token": SECRETS[secret]})
    step = result.step("train")
    assert result.passed, result.describe()
    assert step.environment.get("PLUGIN_TOKEN", "") == (TOKEN if secret == "handed out" else "")
    assert len(service.stage.workspace.requests) == before
    lines = step.log.splitlines()
    assert lines[-1] == "databricks-train: nothing to do: the build's event is pull_request; events: push"
    warned = "settings.token reaches a pull request's code; withhold the secret from pull requests"
    assert [warned in line for line in lines[:-1]] == ([True] if secret == "handed out" else [])
    assert not [name for name in result.files if name.startswith(".drone-ml/training")]


def test_a_pull_request_that_is_promoted_trains_nothing_either(service: Service) -> None:
    before = len(service.stage.workspace.requests)
    made = replace(build.promote(pull_request(service), "production", number=4), message=ASKED)
    settings = {"events": "promote", "trigger": "always"}
    pipeline = without_scan(service.pipeline(image={**settings}, train={**settings}))
    result = service.run(made, pipeline, secrets={"databricks_token": Secret(TOKEN)})
    step = result.step("train")
    assert step.exit_code == 0, result.describe()
    assert len(service.stage.workspace.requests) == before
    assert "is a pull request's code, and events lacks pull_request" in step.log
