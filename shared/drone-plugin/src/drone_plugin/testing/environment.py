"""The whole environment of a step's container, in the runner's order of precedence."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from drone_plugin.testing import metadata
from drone_plugin.testing.encode import Settings
from drone_plugin.testing.metadata import Stage, System
from drone_plugin.testing.spec import BuildSpec

_STAGE, _SYSTEM, _NOTHING = Stage(), System(), Settings()


@dataclass(frozen=True)
class Secret:
    """A secret of the repository; withheld from pull requests unless it says otherwise."""

    value: str
    pull_request: bool = False


def exposed(secrets: Mapping[str, str | Secret], build: BuildSpec) -> dict[str, str]:
    """The secrets that the server hands to the runner for this build; only the event counts, not the ref."""
    known = {
        name: secret if isinstance(secret, Secret) else Secret(secret) for name, secret in secrets.items()
    }
    withhold = build.event == "pull_request"
    return {name: secret.value for name, secret in known.items() if secret.pull_request or not withhold}


@dataclass(frozen=True)
class Context:
    """What all steps of one pipeline run share. `secrets` are those exposed to the build."""

    build: BuildSpec
    stage: Stage = _STAGE
    system: System = _SYSTEM
    network: str = ""
    volume: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    runner: Mapping[str, str] = field(default_factory=dict)
    pipeline: Mapping[str, str] = field(default_factory=dict)

    def substitutions(self, *, now: int) -> dict[str, str]:
        """The values for `${…}` in the text of the `.drone.yml`."""
        return {
            **self.runner,
            **metadata.system_map(self.system),
            **metadata.repo_map(self.build.repo),
            **metadata.build_map(self.build, now=now),
            **metadata.stage_map(self.stage, now=now),
            **metadata.link_map(self.build, self.system),
            **self.build.params,
        }

    def failing(self, failed_steps: tuple[str, ...]) -> "Context":
        """The same pipeline after steps have failed."""
        return replace(self, stage=replace(self.stage, failing=True, failed_steps=failed_steps))


def step_environment(
    context: Context,
    *,
    name: str,
    number: int,
    now: int,
    settings: Settings,
    environment: Settings = _NOTHING,
) -> dict[str, str]:
    """The variables of a step: its own, its settings', and the metadata at the time `now`.

    Of the maps in layers, what is empty goes, and secrets come last: one that is missing or withheld is
    present and empty.
    """
    layered = layers(context, name=name, number=number, now=now, settings=settings, environment=environment)
    references = {**environment.secrets, **settings.secrets}
    secrets = {variable: context.secrets.get(secret, "") for variable, secret in references.items()}
    return {variable: value for variable, value in layered.items() if value} | secrets


def layers(
    context: Context, *, name: str, number: int, now: int, settings: Settings, environment: Settings
) -> dict[str, str]:
    """All but the secrets, empty values included. Later maps win.

    The build, the stage and the step are laid on top once more when the step starts.
    """
    build, stage = context.build, context.stage
    run_time = {
        **metadata.build_map(build, now=now, failing=stage.failing),
        **metadata.stage_map(stage, now=now),
        **metadata.step_map(name, number),
    }
    return {
        **context.runner,
        **build.params,
        **context.pipeline,
        **metadata.system_map(context.system),
        **metadata.repo_map(build.repo),
        **run_time,
        **metadata.link_map(build, context.system),
        **metadata.git_map(build.author),
        **metadata.workspace_map(context.network, context.volume),
        **metadata.netrc_map(build.repo.netrc),
        **environment.values,
        **settings.values,
        **run_time,
    }
