"""A secret in what the platform says of a build: found, and shown nowhere, not even before it is found."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.outcome import StepOutcome
from drone_plugin.testing.spec import BuildSpec, RepoSpec
from kit.drone.fixtures import GitRepository
from kit.findings import KEY, TOKEN
from secret_scan.plugin import PLUGIN

RunScan = Callable[[BuildSpec], StepOutcome]


@pytest.fixture
def run_scan(drone_step: Callable[..., StepOutcome], git_repository: GitRepository) -> RunScan:
    """Run the step with all that it can say."""

    def run(made: BuildSpec) -> StepOutcome:
        made = replace(made, repo=RepoSpec(host="127.0.0.1"))
        settings = {"log_level": "debug", "card_template": "https://ci.example.com/card.json"}
        return drone_step(PLUGIN, settings, build=made, workspace=git_repository.path)

    return run


def shown(ran: StepOutcome) -> str:
    """All that leaves the step."""
    reports = [content.decode() for path, content in ran.files.items() if path.startswith(".drone-ml")]
    assert len(reports) == 2
    return "\n".join([ran.raw_log, json.dumps(ran.card), *reports])


def test_a_branch_with_a_secret_in_its_name(run_scan: RunScan, git_repository: GitRepository) -> None:
    head = git_repository.commit("a", {"a.py": "1\n"})
    ran = run_scan(build.push(head, "m", branch=f"try-{TOKEN}"))
    assert ran.exit_code == 3
    assert "name of branch name:1:5" in ran.log
    assert TOKEN[4:] not in shown(ran)


def test_a_tag_with_a_secret_in_its_name(run_scan: RunScan, git_repository: GitRepository) -> None:
    head = git_repository.commit("a", {"a.py": "1\n"})
    ran = run_scan(build.tag(f"v1-{TOKEN}", head, "m"))
    assert ran.exit_code == 3
    assert "name of tag name:1:4" in ran.log
    assert TOKEN[4:] not in shown(ran)


def test_a_title_with_a_secret(run_scan: RunScan, git_repository: GitRepository) -> None:
    head = git_repository.commit(f"Use {KEY}", {"a.py": "1\n"})
    ran = run_scan(build.push(head, f"Use {KEY}"))
    assert ran.exit_code == 3
    assert "commit message:1:5" in ran.log
    assert KEY[4:] not in shown(ran)


@pytest.mark.parametrize(("title", "body"), [(f"Use {TOKEN}", "why"), ("Use it", f"with\n{TOKEN}")])
def test_a_pull_request_with_a_secret_in_what_it_says(
    run_scan: RunScan, git_repository: GitRepository, title: str, body: str
) -> None:
    main = git_repository.commit("a", {"a.py": "1\n"})
    git_repository.git("update-ref", "refs/remotes/origin/main", main)
    head = git_repository.commit("b", {"b.py": "1\n"})
    ran = run_scan(build.pull_request(1, head, title=title, description=body, before=main))
    assert ran.exit_code == 3, ran.log
    assert "pull request description:" in ran.log
    assert "of the pull request into main, since" in ran.log
    assert ", and its description" in ran.log
    assert TOKEN[4:] not in shown(ran)
