"""Build metadata, on whole environments that real servers made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from drone_plugin import Build, read_build
from kit import drone


@dataclass(frozen=True)
class Facts:
    """What a plugin should know of a build; commits by their first eight digits."""

    event: str
    number: int
    commit: str
    before: str
    ref: str
    branch: str
    source_branch: str
    tag: str = ""
    pull_request: int = 0
    of_pull_request: bool = False
    parent: int = 0
    restart: bool = False
    trigger: str = "@hook"
    deploy_to: str = ""
    author: str = "octocat"

    @classmethod
    def of(cls, build: Build) -> "Facts":
        """The facts of a build as the library reads them."""
        commit = build.commit
        return cls(
            event=build.event,
            number=build.number,
            commit=commit.short,
            before=commit.before[:8],
            ref=commit.ref,
            branch=commit.branch,
            source_branch=commit.source_branch,
            tag=build.tag,
            pull_request=build.pull_request,
            of_pull_request=build.is_pull_request_code,
            parent=build.parent,
            restart=build.is_restart,
            trigger=build.trigger,
            deploy_to=build.deploy_to,
            author=commit.author,
        )


# One build a line.
# fmt: off
FACTS: Mapping[str, Facts] = {
    "push": Facts("push", 1, "2fd59f6f", "32381ab7", "refs/heads/main", "main", "main"),
    "push-new-branch": Facts("push", 2, "2fd59f6f", "", "refs/heads/feature-a", "feature-a", "feature-a"),
    "push-feature": Facts("push", 3, "63e7dd79", "2fd59f6f", "refs/heads/feature-a", "feature-a", "feature-a"),
    "force-push": Facts("push", 4, "a93a73e0", "63e7dd79", "refs/heads/feature-a", "feature-a", "feature-a"),
    "push-merge-commit": Facts("push", 5, "f6ee23f0", "2fd59f6f", "refs/heads/main", "main", "main"),
    "push-private": Facts("push", 128, "475b197d", "f6ee23f0", "refs/heads/t-private2", "t-private2", "t-private2"),
    "tag-lightweight": Facts("tag", 6, "f6ee23f0", "", "refs/tags/v1.2.3", "main", "main", tag="v1.2.3"),
    "tag-annotated": Facts("tag", 7, "f6ee23f0", "", "refs/tags/v2.0.0-rc.1+build5", "", "", tag="v2.0.0-rc.1+build5"),
    "tag-calver": Facts("tag", 8, "f6ee23f0", "", "refs/tags/2026.11.3", "main", "main", tag="2026.11.3"),
    "tag-not-semver": Facts("tag", 9, "f6ee23f0", "", "refs/tags/nightly", "", "", tag="nightly"),
    "pull-request-opened": Facts("pull_request", 10, "4a49b035", "f6ee23f0", "refs/pull/7/head", "main", "feature-c", pull_request=7, of_pull_request=True),
    "pull-request-synchronized": Facts("pull_request", 11, "9ef945ab", "f6ee23f0", "refs/pull/7/head", "main", "feature-c", pull_request=7, of_pull_request=True),
    "pull-request-empty-body": Facts("pull_request", 12, "9ef945ab", "f6ee23f0", "refs/pull/7/head", "main", "feature-c", pull_request=7, of_pull_request=True),
    "pull-request-fork": Facts("pull_request", 13, "9ef945ab", "f6ee23f0", "refs/pull/7/head", "main", "feature-c", pull_request=7, author="mallory", of_pull_request=True),
    "promote": Facts("promote", 14, "f6ee23f0", "2fd59f6f", "refs/heads/main", "main", "main", parent=5, trigger="octocat", deploy_to="production"),
    "promote-tag": Facts("promote", 15, "f6ee23f0", "", "refs/tags/v1.2.3", "main", "main", tag="v1.2.3", parent=6, trigger="octocat", deploy_to="staging"),
    "promote-pull-request": Facts("promote", 16, "4a49b035", "f6ee23f0", "refs/pull/7/head", "main", "feature-c", pull_request=7, parent=10, trigger="octocat", deploy_to="staging", of_pull_request=True),
    "rollback": Facts("rollback", 17, "f6ee23f0", "2fd59f6f", "refs/heads/main", "main", "main", parent=5, trigger="octocat", deploy_to="production"),
    "custom": Facts("custom", 18, "f6ee23f0", "f6ee23f0", "refs/heads/main", "main", "main", trigger="octocat"),
    "custom-message-action": Facts("custom", 19, "f6ee23f0", "f6ee23f0", "refs/heads/main", "main", "main", trigger="octocat"),
    "restart": Facts("push", 20, "2fd59f6f", "32381ab7", "refs/heads/main", "main", "main", parent=1, trigger="octocat", restart=True),
    "restart-of-restart": Facts("push", 21, "2fd59f6f", "32381ab7", "refs/heads/main", "main", "main", parent=20, trigger="octocat", restart=True),
    "cron": Facts("cron", 22, "f6ee23f0", "", "refs/heads/main", "main", "", trigger="@cron"),
    "gogs-push": Facts("push", 1, "7d63e93e", "", "refs/heads/main", "main", "main"),
    "gogs-push-two-commits": Facts("push", 2, "4065f09d", "", "refs/heads/main", "main", "main"),
    "gogs-push-new-branch": Facts("push", 3, "4065f09d", "", "refs/heads/feature-a", "feature-a", "feature-a"),
    "gogs-force-push": Facts("push", 5, "2b0ce0db", "", "refs/heads/feature-b", "feature-b", "feature-b"),
    "gogs-push-merge-commit": Facts("push", 6, "4c05d86e", "", "refs/heads/main", "main", "main"),
    "gogs-push-private": Facts("push", 1, "63a9702a", "", "refs/heads/main", "main", "main"),
    "gogs-tag-lightweight": Facts("tag", 7, "4c05d86e", "", "refs/tags/v1.2.3", "v1.2.3", "v1.2.3", tag="v1.2.3"),
    "gogs-tag-annotated": Facts("tag", 8, "85825c18", "", "refs/tags/v2.0.0-rc.1+build5", "v2.0.0-rc.1+build5", "v2.0.0-rc.1+build5", tag="v2.0.0-rc.1+build5"),
    "gogs-tag-calver": Facts("tag", 9, "4c05d86e", "", "refs/tags/2026.1.3", "2026.1.3", "2026.1.3", tag="2026.1.3"),
    "gogs-promote": Facts("promote", 12, "4c05d86e", "", "refs/heads/main", "main", "main", parent=6, trigger="octocat", deploy_to="production"),
    "gogs-promote-tag": Facts("promote", 13, "4c05d86e", "", "refs/tags/v1.2.3", "v1.2.3", "v1.2.3", tag="v1.2.3", parent=7, trigger="octocat", deploy_to="staging"),
    "gogs-rollback": Facts("rollback", 14, "4c05d86e", "", "refs/heads/main", "main", "main", parent=6, trigger="octocat", deploy_to="production"),
    "gogs-custom": Facts("custom", 15, "4c05d86e", "4c05d86e", "refs/heads/main", "main", "main", trigger="octocat", author=""),
    "gogs-custom-message": Facts("custom", 16, "4c05d86e", "4c05d86e", "refs/heads/main", "main", "main", trigger="octocat", author=""),
    "gogs-restart": Facts("push", 17, "4c05d86e", "", "refs/heads/main", "main", "main", parent=6, trigger="octocat", restart=True),
    "gogs-restart-param": Facts("push", 18, "4c05d86e", "", "refs/heads/main", "main", "main", parent=6, trigger="octocat", restart=True),
    "gogs-cron": Facts("cron", 20, "4c05d86e", "", "refs/heads/main", "main", "", trigger="@cron", author=""),
    "gogs-cron-exec": Facts("cron", 19, "4c05d86e", "", "refs/heads/main", "main", "", trigger="@cron", author=""),
    "exec-plain": Facts("", 0, "", "", "", "", "", trigger="", author=""),
    "exec-push": Facts("push", 0, "", "", "", "main", "", trigger="", author=""),
    "exec-pull-request": Facts("pull_request", 0, "", "", "", "main", "", trigger="", author="", of_pull_request=True),
    "exec-tag": Facts("tag", 0, "", "", "", "", "", trigger="", author=""),
    "exec-promote": Facts("promote", 0, "", "", "", "", "", trigger="", deploy_to="production", author=""),
    "woodpecker-push": Facts("push", 42, "11111111", "22222222", "refs/heads/main", "main", "", trigger=""),
    "woodpecker-pull-request": Facts("pull_request", 42, "11111111", "22222222", "refs/pull/7/head", "main", "feature-c", pull_request=7, trigger="", of_pull_request=True),
    "woodpecker-pull-request-closed": Facts("pull_request_closed", 42, "11111111", "22222222", "refs/pull/7/head", "main", "feature-c", pull_request=7, trigger="", of_pull_request=True),
    "woodpecker-pull-request-metadata": Facts("pull_request_metadata", 42, "11111111", "22222222", "refs/pull/7/head", "main", "feature-c", pull_request=7, trigger="", of_pull_request=True),
    "woodpecker-tag": Facts("tag", 42, "11111111", "22222222", "refs/tags/v1.2.3", "main", "", tag="v1.2.3", trigger=""),
    "woodpecker-release": Facts("release", 42, "11111111", "22222222", "refs/tags/v1.2.3", "main", "", tag="v1.2.3", trigger=""),
    "woodpecker-deployment": Facts("promote", 42, "11111111", "22222222", "refs/heads/main", "main", "", parent=40, deploy_to="production", trigger=""),
    "woodpecker-cron": Facts("cron", 42, "11111111", "22222222", "refs/heads/main", "main", "", trigger=""),
    "woodpecker-manual": Facts("custom", 42, "11111111", "22222222", "refs/heads/main", "main", "", trigger=""),
}
# fmt: on


def _recorded() -> Mapping[str, Mapping[str, str]]:
    data = Path(drone.__file__).parent / "data"
    environments: dict[str, Mapping[str, str]] = {}
    for name, prefix in (("drone", ""), ("woodpecker", "woodpecker-")):
        records = json.loads((data / f"{name}-environments.json").read_text())["environments"]
        environments |= {prefix + record["id"]: record["env"] for record in records}
    return environments


RECORDED = _recorded()


@pytest.mark.contract
@pytest.mark.parametrize("name", FACTS)
def test_a_recorded_build_is_read_as_it_was(name: str) -> None:
    assert Facts.of(read_build(RECORDED[name])) == FACTS[name]


@pytest.mark.contract
def test_every_one_of_the_55_recorded_environments_has_its_facts() -> None:
    assert set(FACTS) == set(RECORDED)
    assert len(FACTS) == 55


@pytest.mark.contract
@pytest.mark.parametrize("name", RECORDED)
def test_the_platform_is_told_by_its_own_marks(name: str) -> None:
    assert read_build(RECORDED[name]).platform == ("woodpecker" if name.startswith("woodpecker") else "drone")


@pytest.mark.contract
@pytest.mark.parametrize("name", RECORDED)
def test_commits_are_whole_and_the_message_is_kept_as_it_came(name: str) -> None:
    environment = RECORDED[name]
    build = read_build(environment)
    message = environment.get("DRONE_COMMIT_MESSAGE", environment.get("CI_COMMIT_MESSAGE", ""))

    assert build.commit.message == message
    assert {len(build.commit.sha), len(build.commit.before)} <= {0, 40}


@pytest.mark.contract
@pytest.mark.parametrize("name", [name for name in RECORDED if not name.startswith("exec")])
def test_repository_and_addresses_are_known_on_a_server(name: str) -> None:
    environment = RECORDED[name]
    build = read_build(environment)

    assert build.repo.slug == environment.get("DRONE_REPO")
    assert build.repo.remote.endswith(f"/{build.repo.slug}.git")
    assert build.repo.link == build.repo.remote.removesuffix(".git")
    assert build.repo.default_branch == environment["DRONE_REPO_BRANCH"]
    assert build.repo.private == (environment["DRONE_REPO_PRIVATE"] == "true")
    assert build.link == environment["DRONE_BUILD_LINK"]
    assert build.link.startswith(f"https://{build.system}/")
    assert build.stage.step == "train"


@pytest.mark.contract
@pytest.mark.parametrize("name", [name for name in RECORDED if name.startswith("exec")])
def test_what_drone_exec_does_not_know_is_empty(name: str) -> None:
    build = read_build(RECORDED[name])

    assert (build.repo.slug, build.repo.link, build.repo.remote, build.link, build.system) == ("",) * 5
    assert (build.number, build.parent, build.pull_request) == (0, 0, 0)
    assert (build.commit.sha, build.commit.message, build.commit.title) == ("", "", "")


PARAMETERS = {
    "CI_SYSTEM_NAME": "woodpecker",
    "CI_PIPELINE_EVENT": "push",
    "CI_PIPELINE_NUMBER": "1",
    "CI_COMMIT_TAG": "v1",
    "CI_COMMIT_TARGET_BRANCH": "main",
}


@pytest.mark.contract
@pytest.mark.parametrize("name", ["promote-pull-request", "gogs-promote", "gogs-restart-param", "custom"])
def test_parameters_of_a_build_cannot_pass_for_another_platform(name: str) -> None:
    """Drone copies every parameter of a promotion, restart or custom build into the steps' environment."""
    build = read_build({**PARAMETERS, **RECORDED[name]})

    assert build.platform == "drone"
    assert Facts.of(build) == FACTS[name]


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        ({}, "none"),
        ({"CI": "true"}, "none"),
        ({"DRONE": "true", "CI": "true"}, "drone"),
        ({"DRONE": "true", "CI": "true", "HARNESS_BUILD_ID": "7"}, "harness"),
        ({"CI": "woodpecker", "DRONE_BUILD_EVENT": "push"}, "woodpecker"),
        ({"CI_SYSTEM_NAME": "woodpecker"}, "woodpecker"),
    ],
)
def test_a_platform_is_recognised(environment: Mapping[str, str], platform: str) -> None:
    assert read_build(environment).platform == platform


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        ("refs/pull/7/head", 7),
        ("refs/pull/7/merge", 7),
        ("refs/pull-requests/8/from", 8),
        ("refs/merge-requests/9/head", 9),
        ("refs/pull/seven/head", 0),
        ("refs/pull/" + "9" * 5000 + "/head", 0),
    ],
)
@pytest.mark.parametrize("event", ["push", "promote", "rollback", "custom", "cron", "tag"])
def test_pull_request_code_is_told_by_the_ref_whatever_the_event(event: str, ref: str, number: int) -> None:
    build = read_build({"DRONE": "true", "DRONE_BUILD_EVENT": event, "DRONE_COMMIT_REF": ref})

    assert build.is_pull_request_code
    assert build.pull_request == number


@pytest.mark.parametrize(
    "ref",
    ["", "refs/heads/refs/pull/7/head", "refs/heads/pull/7", "refs/tags/refs/pull/7/head", "refs/pulled/7"],
)
def test_a_branch_or_tag_is_no_pull_request_whatever_its_name(ref: str) -> None:
    build = read_build({"DRONE": "true", "DRONE_BUILD_EVENT": "push", "DRONE_COMMIT_REF": ref})

    assert not build.is_pull_request_code
    assert build.pull_request == 0


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "²", "٣", "9" * 5000, " 7", "0x7"])
def test_a_number_that_is_none_is_zero(number: str) -> None:
    build = read_build({"DRONE": "true", "DRONE_BUILD_NUMBER": number, "DRONE_PULL_REQUEST": number})

    assert (build.number, build.pull_request) == (0, 0)


@pytest.mark.parametrize("link", [":////0", "javascript:alert(1)", "ftp://host/x", "drone.example.com/1"])
def test_an_address_that_is_none_is_empty(link: str) -> None:
    assert read_build({"DRONE": "true", "DRONE_BUILD_LINK": link}).link == ""


@pytest.mark.contract
@pytest.mark.parametrize(
    ("environment", "forge"),
    [
        ({"CI": "woodpecker", "CI_FORGE_TYPE": "forgejo"}, "forgejo"),
        ({"CI": "woodpecker"}, ""),
        ({"DRONE": "true", "CI_FORGE_TYPE": "gitea"}, ""),
    ],
)
def test_the_forge_is_what_woodpecker_says_and_drone_says_nothing(
    environment: Mapping[str, str], forge: str
) -> None:
    assert read_build(environment).forge == forge


def test_a_build_says_in_one_line_what_it_is() -> None:
    assert [
        str(read_build(RECORDED[name]))
        for name in ("push", "pull-request-opened", "promote-tag", "woodpecker-cron", "exec-plain")
    ] == [
        "Drone · push · octocat/hello main 2fd59f6f · build 1",
        "Drone · pull_request · octocat/hello pull request 7 4a49b035 · build 10",
        "Drone · promote · octocat/hello v1.2.3 f6ee23f0 · build 15",
        "Woodpecker · cron · octocat/hello main 11111111 · build 42",
        "Drone",
    ]


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("", ""),
        ("\n\n Fix it \n\nbody", "Fix it"),
        ("Fix it\r\n\r\nbody", "Fix it"),
        ("Fix it", "Fix it"),
    ],
)
def test_the_title_is_the_first_line_of_the_message(message: str, title: str) -> None:
    assert read_build({"DRONE": "true", "DRONE_COMMIT_MESSAGE": message}).commit.title == title
