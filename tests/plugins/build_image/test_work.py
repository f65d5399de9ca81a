"""build-image as pipelines use it: what is pushed, printed, recorded and left behind."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.environment import Secret
from kit.drone.checkout import Repository
from kit.drone.fixtures import GitRepository
from kit.drone.result import StepResult
from kit.engine import Engine
from kit.registry import Registry

pytestmark = pytest.mark.container

RunBuild = Callable[..., StepResult]
ImageFiles = Callable[[str], Mapping[str, bytes]]

COMMIT = "c0ffee" + "0" * 34
PULL = build.pull_request(7, COMMIT, title="A change", number=3)
COPY_ALL = "FROM scratch\nCOPY . /src\n"


@pytest.fixture
def on_base(workspace: Path, base_image: str) -> Callable[[str], None]:
    """Writes a Dockerfile whose steps have a shell."""

    def write(steps: str) -> None:
        (workspace / "Dockerfile").write_text(f"FROM {base_image}\n{steps}")

    return write


@pytest.fixture
def path_of(registry: Registry, repo: str) -> str:
    """The repository's name at the registry."""
    return repo.removeprefix(f"{registry.address}/")


def test_an_image_is_pushed_under_commit_and_tags_and_recorded_with_the_registrys_digest(
    run_build: RunBuild, workspace: Path, registry: Registry, repo: str, path_of: str
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)

    step = run_build(
        {"tags": ["latest", "v1.2"]}, environment={"DRONE_OUTPUT": "/drone/src/.drone-ml/outputs"}
    )

    assert step.exit_code == 0, step.log
    digest = registry.digest(path_of, COMMIT)
    assert digest
    assert registry.digest(path_of, "latest") == registry.digest(path_of, "v1.2") == digest
    assert json.loads(step.files[".drone-ml/image.json"]) == {
        "kind": "drone-ml/image",
        "version": 1,
        "writer": {
            "repository": "octocat/hello",
            "commit": COMMIT,
            "build": 1,
            "link": step.environment["DRONE_BUILD_LINK"],
            "plugin": "build-image 0.1.0",
        },
        "repository": repo,
        "digest": digest,
        "tags": [COMMIT, "latest", "v1.2"],
    }
    assert step.files[".drone-ml/outputs"].decode() == f"IMAGE={repo}@{digest}\nIMAGE_DIGEST={digest}\n"
    assert f"image {repo}@{digest}, recorded in .drone-ml/image.json" in step.log.splitlines()[-1]


def test_the_image_holds_what_the_commit_holds_and_nothing_of_git_drone_or_this_plugin(
    run_build: RunBuild, git_repository: GitRepository, repo: str, image_files: ImageFiles
) -> None:
    files = {
        "Dockerfile": COPY_ALL,
        "app/main.py": "print()\n",
        "naïve name.txt": "",
        "sub/.drone-ml/old.json": "{}",
    }
    commit = git_repository.commit("Add a service", files)
    made = build.push(commit, "Add a service")

    step = run_build(made=made, workspace_source=Repository(git_repository.path))

    assert step.exit_code == 0, step.log
    assert image_files(f"{repo}:{commit}") == {
        name: content.encode() for name, content in files.items() if ".drone-ml" not in name
    }


def test_an_ignore_file_is_respected_and_kept_as_docker_keeps_it(
    run_build: RunBuild, workspace: Path, repo: str, image_files: ImageFiles
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)
    (workspace / ".dockerignore").write_text("*\n!kept\nkept/*.log\n.dockerignore\n")
    (workspace / "kept").mkdir()
    for name in ("kept/a.txt", "kept/a.log", "left-out.txt"):
        (workspace / name).write_text(name)

    step = run_build()

    assert step.exit_code == 0, step.log
    assert image_files(f"{repo}:{COMMIT}") == {"kept/a.txt": b"kept/a.txt"}


def test_a_dockerfile_outside_of_the_context_brings_its_own_ignore_file(
    run_build: RunBuild, workspace: Path, repo: str, image_files: ImageFiles
) -> None:
    (workspace / "docker").mkdir()
    (workspace / "docker/train.Dockerfile").write_text(COPY_ALL)
    (workspace / "docker/train.Dockerfile.dockerignore").write_text("notes.txt\n")
    (workspace / "app").mkdir()
    (workspace / "app/main.py").write_text("print()")
    (workspace / "app/notes.txt").write_text("mine")

    step = run_build({"context": "app", "dockerfile": "docker/train.Dockerfile"})

    assert step.exit_code == 0, step.log
    assert image_files(f"{repo}:{COMMIT}") == {"main.py": b"print()"}


def test_build_arguments_may_hold_commas_and_the_target_ends_the_build(
    run_build: RunBuild, workspace: Path, repo: str, engine: Engine
) -> None:
    (workspace / "Dockerfile").write_text(
        'FROM scratch AS train\nARG WORDS\nLABEL words="$WORDS"\nFROM scratch AS broken\nCOPY nothing /\n'
    )

    step = run_build({"build_args": {"WORDS": "a,b=c, d"}, "target": "train"})

    assert step.exit_code == 0, step.log
    assert engine.client().images.get(f"{repo}:{COMMIT}").labels == {"words": "a,b=c, d"}


def test_run_steps_use_the_network_that_is_asked_for(
    run_build: RunBuild, workspace: Path, on_base: Callable[[str], None]
) -> None:
    on_base("COPY salt /\nRUN tail -n +3 /proc/net/dev | cut -d : -f 1 | tr -d ' '\n")
    (workspace / "salt").write_text(str(workspace))

    step = run_build({"network": "none"}, PULL)

    assert step.exit_code == 0, step.log
    interfaces = step.log.splitlines()
    start = next(number for number, line in enumerate(interfaces) if line.startswith(" ---> Running in"))
    assert interfaces[start + 1] == "lo"
    assert interfaces[start + 2].startswith(("Removing intermediate container", " --->"))


@pytest.mark.parametrize(
    ("instruction", "named"),
    [
        ("RUN echo a7f3 && exit 3", "RUN echo a7f3 && exit 3: "),
        ("COPY geofence/timeout.py /", "COPY geofence/timeout.py /: "),
        ("RUN <<EOF\nEOF", "unknown instruction: EOF"),
        ("FROM x AS y z", "FROM requires either one or three arguments"),
    ],
    ids=["run", "copy", "unknown", "from"],
)
def test_a_dockerfile_that_fails_names_the_instruction_and_leaves_nothing(
    run_build: RunBuild, on_base: Callable[[str], None], engine: Engine, instruction: str, named: str
) -> None:
    on_base(f"{instruction}\n")

    step = run_build()

    assert step.exit_code == 1, step.log
    assert named in step.log.partition("error: the ")[2]
    assert not step.files
    containers = engine.client().api.containers(all=True)
    assert not [found for found in containers if "a7f3" in str(found["Command"])]


def test_a_failing_step_that_speaks_of_refusals_is_the_dockerfiles_failure(
    run_build: RunBuild, on_base: Callable[[str], None]
) -> None:
    on_base("RUN echo 'denied: unauthorized, connection refused' && exit 7\n")
    step = run_build()
    assert step.exit_code == 1, step.log


def test_a_base_image_that_may_not_be_pulled_is_a_refusal(run_build: RunBuild, workspace: Path) -> None:
    with Registry() as closed:
        address = closed.address
    (workspace / "Dockerfile").write_text(f"FROM {address}/no/such:1\n")

    step = run_build()

    assert step.exit_code == 4, step.log
    assert address in step.log


def test_paths_out_of_the_workspace_are_refused(run_build: RunBuild, workspace: Path) -> None:
    (workspace / "Dockerfile").symlink_to("/proc/self/environ")

    step = run_build()

    assert step.exit_code == 2, step.log
    assert 'error: settings.dockerfile: "Dockerfile" leads out of the workspace' in step.log


def test_a_repo_that_is_none_is_told_in_one_line(run_build: RunBuild) -> None:
    step = run_build({"repo": "https://Registry.example.com/Team:latest"}, socket=False)

    assert step.exit_code == 2, step.log
    (line,) = step.log.splitlines()
    assert "settings.repo: " in line
    assert "[a-z0-9]" not in line


def test_pull_request_code_is_built_and_not_pushed(
    run_build: RunBuild, workspace: Path, registry: Registry, path_of: str
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)

    step = run_build({}, PULL)

    assert step.exit_code == 0, step.log
    assert "not pushed: this is a pull request's code, and push_pull_requests is false" in step.log
    assert registry.digest(path_of, COMMIT) is None
    assert not step.files


def test_promoting_a_pull_request_does_not_push_its_code(
    run_build: RunBuild, workspace: Path, registry: Registry, path_of: str
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)
    promoted = build.promote(PULL, "production", number=4, params={"PLUGIN_PUSH-PULL_REQUESTS": "true"})

    step = run_build({"push_pull_requests": ""}, promoted)

    assert step.exit_code == 2, step.log
    assert "error: settings.push_pull_requests: " in step.log
    assert registry.digest(path_of, COMMIT) is None


def test_pull_request_code_is_pushed_where_the_pipeline_says_so(
    run_build: RunBuild, workspace: Path, registry: Registry, path_of: str
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)

    step = run_build({"push_pull_requests": True}, PULL)

    assert step.exit_code == 0, step.log
    assert registry.digest(path_of, COMMIT)
    assert ".drone-ml/image.json" in step.files


def test_a_pull_request_builds_without_the_password_that_is_withheld_from_it(
    run_build: RunBuild, workspace: Path
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)
    settings = {"username": "drone", "password": {"from_secret": "registry_password"}}

    step = run_build(settings, PULL, secrets={"registry_password": "swordfish-7"})

    assert step.exit_code == 0, step.log
    assert "warning: no login: settings.password is empty" in step.log


def test_a_password_that_reaches_a_pull_request_is_warned_about(run_build: RunBuild, workspace: Path) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)
    settings = {"username": "drone", "password": {"from_secret": "registry_password"}}
    secrets = {"registry_password": Secret("swordfish-7", pull_request=True)}

    step = run_build(settings, PULL, secrets=secrets)

    assert step.exit_code == 0, step.log
    assert "warning: settings.password reaches a pull request's code" in step.log


def test_with_the_keyword_as_trigger_other_commits_build_nothing(run_build: RunBuild) -> None:
    step = run_build({"trigger": "keyword"}, build.push(COMMIT, "Tidy up"), socket=False)

    assert step.exit_code == 0
    assert step.log == 'build-image: nothing to do: commit "Tidy up" has no [train]\n'


def test_with_the_keyword_as_trigger_the_asking_commit_is_built(
    run_build: RunBuild, workspace: Path, registry: Registry, path_of: str
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)

    step = run_build({"trigger": "keyword"}, build.push(COMMIT, "Retune [train]"))

    assert step.exit_code == 0, step.log
    assert registry.digest(path_of, COMMIT)


def test_variables_that_steer_the_docker_client_are_ignored_and_said_to_be(
    run_build: RunBuild, workspace: Path, registry: Registry, path_of: str
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)
    injected = {"DOCKER_HOST": "tcp://attacker.invalid:2375", "DOCKER_CONFIG": "/drone/src"}

    step = run_build({}, build.custom(COMMIT, "Build it", params=injected))

    assert step.exit_code == 0, step.log
    assert (
        "warning: ignored variables that would steer the Docker client: DOCKER_CONFIG, DOCKER_HOST"
        in step.log
    )
    assert registry.digest(path_of, COMMIT)


def test_a_docker_configuration_in_the_workspace_runs_no_credential_helper(
    run_build: RunBuild, workspace: Path
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)
    (workspace / ".docker").mkdir()
    (workspace / ".docker/config.json").write_text('{"credsStore": "planted"}')
    helper = workspace / "docker-credential-planted"
    helper.write_text("#!/bin/sh\necho PLANTED-RAN >> /drone/src/.drone-ml/marker\necho '{}'\n")
    helper.chmod(0o755)
    (workspace / ".drone-ml").mkdir()
    steering = {"HOME": "/drone/src", "PATH": "/drone/src:/usr/bin:/bin"}

    step = run_build(environment=steering)

    assert step.exit_code == 0, step.log
    assert ".drone-ml/marker" not in step.files


def test_a_second_build_of_a_commit_replaces_the_record_of_the_first(
    run_build: RunBuild, workspace: Path
) -> None:
    (workspace / "Dockerfile").write_text(COPY_ALL)
    (workspace / ".drone-ml").mkdir()
    (workspace / ".drone-ml/image.json").symlink_to("../Dockerfile")

    step = run_build({}, replace(build.push(COMMIT, "Again"), number=9))

    assert step.exit_code == 0, step.log
    assert json.loads(step.files[".drone-ml/image.json"])["writer"]["build"] == 9
    assert set(step.files) == {".drone-ml/image.json"}
