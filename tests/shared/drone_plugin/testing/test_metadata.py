"""Environments that a real Drone server and runner made, rebuilt from what was asked of them."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.environment import Context, Secret, exposed, step_environment
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.metadata import Stage
from drone_plugin.testing.spec import Author, BuildSpec, Netrc, RepoSpec
from kit.drone.recorded import recorded_environments

# These come from the image, from the engine and from Python; Drone sets none of them. All else is compared.
NOT_DRONES = {"PATH", "HOME", "HOSTNAME", "LC_CTYPE"}
RANDOM = "drone-RANDOMRANDOMRANDOM00"

SECRETS: Mapping[str, str | Secret] = {
    "token": Secret("REDACTED", pull_request=True),
    "pushonly": Secret("REDACTED"),
}
SETTINGS: Mapping[str, Value] = {
    "flag": True,
    "list": ["a", "b"],
    "my-key": "x",
    "token": {"from_secret": "token"},
    "missing": {"from_secret": "missing"},
    "pushonly": {"from_secret": "pushonly"},
    "empty": "",
}


RECORDED = recorded_environments("github")

FIRST, TRAIN = "32381ab7ddcbcb7e7ffeed9677239a2b2d8a9f02", "2fd59f6f279b464b9a6a08e1618ab815b519b594"
FEATURE, AMENDED = "63e7dd79d21b4146b7a5713e5d1d0409f44bccc0", "a93a73e041fe95f6e0742d1f04afe34cdc2f4cb6"
MERGE, PRIVATE = "f6ee23f0fe3a16499b14762b105f16f0cbfb1c9b", "475b197d6207768f02b1404137b33ccdf6c018c4"
PULL, PULL_2 = "4a49b035428d2c6554f61464fd74432f23811591", "9ef945ab3f3e73730ecac4a83efa858699fc404b"
ANNOTATION = "d159c2a99cf6"

TRAIN_MESSAGE = "Retune the model [train]\n\nSecond paragraph, line 1\nline 2: with a colon"
MERGE_MESSAGE = "Merge pull request #6 from octocat/feature-a\n\nAdd feature A [train]"
DESCRIPTION = "The description body\nof the pull request, with [train] in it"

PUSH = build.push(TRAIN, TRAIN_MESSAGE, before=FIRST, number=1)
PUSH_MERGE = build.push(MERGE, MERGE_MESSAGE, before=TRAIN, number=5)
TAG = build.tag("v1.2.3", MERGE, MERGE_MESSAGE, number=6)
OPENED = build.pull_request(
    7,
    PULL,
    title="Add feature C",
    description=DESCRIPTION,
    before=MERGE,
    source_branch="feature-c",
    number=10,
)
RESTART = build.restart(PUSH, number=20)
PRIVATE_REPO = RepoSpec(private=True, netrc=Netrc("github.example.com", "REDACTED-TOKEN"))

BUILDS: Mapping[str, BuildSpec] = {
    "push": PUSH,
    "push-new-branch": build.push(TRAIN, TRAIN_MESSAGE, branch="feature-a", number=2),
    "push-feature": build.push(FEATURE, "feature a work", before=TRAIN, branch="feature-a", number=3),
    "force-push": build.push(AMENDED, "feature a amended", before=FEATURE, branch="feature-a", number=4),
    "push-merge-commit": PUSH_MERGE,
    "push-private": build.push(
        PRIVATE, "verify", before=MERGE, branch="t-private2", number=128, repo=PRIVATE_REPO
    ),
    "tag-lightweight": TAG,
    "tag-annotated": build.tag(
        "v2.0.0-rc.1+build5", MERGE, MERGE_MESSAGE, tag_object=ANNOTATION, base_branch="", number=7
    ),
    "tag-calver": build.tag("2026.11.3", MERGE, MERGE_MESSAGE, number=8),
    "tag-not-semver": build.tag("nightly", MERGE, MERGE_MESSAGE, base_branch="", number=9),
    "pull-request-opened": OPENED,
    "pull-request-synchronized": replace(OPENED, commit=PULL_2, action="synchronized", number=11),
    "pull-request-empty-body": build.pull_request(
        7,
        PULL_2,
        title="Only a title [train]",
        before=MERGE,
        source_branch="feature-c",
        action="synchronized",
        number=12,
    ),
    "pull-request-fork": build.pull_request(
        7,
        PULL_2,
        title="From a fork",
        description="body",
        before=MERGE,
        source_branch="feature-c",
        number=13,
        author=Author(login="mallory"),
    ),
    "promote": build.promote(
        PUSH_MERGE, "production", number=14, params={"MODEL": "large", "PLUGIN_INJECTED": "yes"}
    ),
    "promote-tag": build.promote(TAG, "staging", number=15),
    "promote-pull-request": build.promote(OPENED, "staging", number=16),
    "rollback": build.rollback(PUSH_MERGE, "production", number=17),
    "custom": build.custom(MERGE, MERGE_MESSAGE, params={"FOO": "bar"}, number=18),
    "custom-message-action": build.custom(
        MERGE, MERGE_MESSAGE, params={"message": "manual [train]", "action": "retrain"}, number=19
    ),
    "restart": RESTART,
    "restart-of-restart": build.restart(RESTART, number=21, debug=True),
    "cron": build.cron(MERGE, MERGE_MESSAGE, number=22),
}


@pytest.mark.contract
@pytest.mark.parametrize("name", RECORDED)
def test_the_environment_of_a_real_build_is_rebuilt_from_its_description(name: str) -> None:
    recorded = {key: value for key, value in RECORDED[name].items() if key not in NOT_DRONES}
    spec = replace(BUILDS[name], created=int(recorded["DRONE_BUILD_CREATED"]))
    settings = {key: value for key, value in SETTINGS.items() if name != "push-private" or key != "pushonly"}
    context = Context(
        build=spec,
        stage=Stage(started=int(recorded["DRONE_STAGE_STARTED"])),
        network=RANDOM,
        volume=RANDOM,
        secrets=exposed(SECRETS, spec),
    )

    rebuilt = step_environment(
        context,
        name="train",
        number=2,
        now=int(recorded["DRONE_BUILD_FINISHED"]),
        settings=settings_from(settings),
    )

    assert rebuilt == recorded


@pytest.mark.contract
def test_every_recorded_github_build_is_rebuilt() -> None:
    assert set(BUILDS) == set(RECORDED)


def _environment(spec: BuildSpec, settings: dict[str, str], **environment: str) -> dict[str, str]:
    context = Context(build=spec, runner={"PLUGIN_A": "runner", "PLUGIN_B": "runner", "PLUGIN_C": "runner"})
    return step_environment(
        context,
        name="s",
        number=2,
        now=0,
        settings=settings_from(settings),
        environment=replace(settings_from({}), values=environment),
    )


def test_a_setting_hides_an_injected_one_even_when_it_is_empty() -> None:
    spec = build.custom("c" * 40, "", params={"PLUGIN_A": "param", "PLUGIN_B": "param", "PLUGIN_D": "param"})

    env = _environment(spec, {"a": "", "b": "setting"})

    assert "PLUGIN_A" not in env
    assert (env["PLUGIN_B"], env["PLUGIN_C"], env["PLUGIN_D"]) == ("setting", "runner", "param")


def test_a_step_can_name_another_repository_but_no_other_commit() -> None:
    env = _environment(
        PUSH,
        {},
        DRONE_REPO="evil/x",
        DRONE_COMMIT="evil",
        DRONE_TAG="v9",
        DRONE_DEPLOY_TO="prod",
        DRONE_STEP_NAME="x",
    )

    assert (env["DRONE_REPO"], env["DRONE_TAG"]) == ("evil/x", "v9")
    assert (env["DRONE_COMMIT"], env["DRONE_STEP_NAME"]) == (TRAIN, "s")
    assert "DRONE_DEPLOY_TO" not in env


def test_a_message_is_cut_at_2000_characters() -> None:
    assert build.push(TRAIN, "é" * 2001).message == "é" * 2000


def test_the_promotion_of_a_pull_request_gets_the_secrets_that_the_pull_request_had_not() -> None:
    assert "pushonly" not in exposed(SECRETS, OPENED)
    assert exposed(SECRETS, build.promote(OPENED, "x", number=2))["pushonly"] == "REDACTED"
