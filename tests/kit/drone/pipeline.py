"""A `.drone.yml` as values: the pipelines of `type: docker` in it, after the text substitution."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from drone_plugin.testing import goyaml
from drone_plugin.testing.encode import Settings, decode_settings, secret_of
from drone_plugin.testing.errors import PipelineError
from drone_plugin.testing.substitute import substitute
from kit.drone.conditions import Conditions, decode_conditions

# The runner knows these, the test kit does not: better to say so than to run something else.
_STEP_KEYS_NOT_RESTATED = {
    "devices",
    "dns",
    "dns_search",
    "mem_limit",
    "memswap_limit",
    "network_mode",
    "resources",
    "shell",
    "shm_size",
}
_FAILURES = {"", "always", "ignore", "fast", "fast-fail", "fail-fast"}


@dataclass(frozen=True)
class Mount:
    """A volume of the pipeline in a step."""

    volume: str
    path: str


@dataclass(frozen=True)
class Volume:
    """A volume of the pipeline: temporary, or a path of the host."""

    name: str
    host: str = ""
    medium: str = ""


@dataclass(frozen=True)
class Step:
    """A step or a service."""

    name: str
    image: str
    settings: Settings = field(default_factory=Settings)
    environment: Settings = field(default_factory=Settings)
    when: Conditions = field(default_factory=Conditions)
    commands: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    volumes: tuple[Mount, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    detach: bool = False
    privileged: bool = False
    pull: str = ""
    user: str = ""
    working_dir: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Pipeline:
    """A document of `kind: pipeline`, `type: docker`."""

    name: str
    steps: tuple[Step, ...]
    services: tuple[Step, ...] = ()
    volumes: tuple[Volume, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    trigger: Conditions = field(default_factory=Conditions)
    depends_on: tuple[str, ...] = ()
    clone: bool = True


def parse(text: str, substitutions: Mapping[str, str]) -> tuple[Pipeline, ...]:
    """The docker pipelines of a `.drone.yml`, in order; documents of other kinds are left out.

    Raises:
        YamlParseError: the text, after the substitution, is no YAML, or has another shape than the runner's.
        PipelineError: the runner, or its linter, would refuse it.
    """
    pipelines = []
    for node in goyaml.documents(substitute(text, substitutions)):
        entries = goyaml.fields(node)
        if _text(entries, "kind") == "pipeline" and _text(entries, "type") in {"", "docker"}:
            pipelines.append(_pipeline(entries))
    return tuple(pipelines)


def lint(pipeline: Pipeline, *, trusted: bool) -> None:
    """What the runner refuses before it starts.

    Raises:
        PipelineError: names that are missing or used twice, unknown dependencies, or something that only a
            trusted repository may ask for.
    """
    everything = (*pipeline.services, *pipeline.steps)
    names = Counter(step.name for step in everything)
    twice = [name for name, count in names.items() if count > 1 or not name]
    if twice or "clone" in names:
        raise PipelineError(f"linter: duplicate step names, or a step without one: {twice or ['clone']}")
    for step in everything:
        unknown = set(step.depends_on) - names.keys() - {"clone"}
        if unknown:
            raise PipelineError(f"linter: unknown step dependency detected: {step.name} on {sorted(unknown)}")
        if not step.image:
            raise PipelineError(f"linter: invalid or missing image in step {step.name}")
        if step.privileged and not trusted:
            raise PipelineError("linter: untrusted repositories cannot enable privileged mode")
        if step.extra_hosts and not trusted:
            raise PipelineError("linter: untrusted repositories cannot configure extra_hosts")
    if not trusted and any(volume.host for volume in pipeline.volumes):
        raise PipelineError("linter: untrusted repositories cannot mount host volumes")
    if not trusted and any(volume.medium == "memory" for volume in pipeline.volumes):
        raise PipelineError("linter: untrusted repositories cannot mount in-memory volumes")


def _text(entries: Mapping[str, yaml.Node], key: str) -> str:
    return goyaml.text_of(entries[key]) if key in entries else ""


def _pipeline(entries: Mapping[str, yaml.Node]) -> Pipeline:
    environment = goyaml.fields(entries.get("environment"))
    clone = goyaml.fields(entries.get("clone"))
    return Pipeline(
        name=_text(entries, "name") or "default",
        steps=tuple(_step(node) for node in goyaml.sequence(entries.get("steps"))),
        services=tuple(_step(node) for node in goyaml.sequence(entries.get("services"))),
        volumes=tuple(_volume(node) for node in goyaml.sequence(entries.get("volumes"))),
        environment={key: goyaml.text_of(value) for key, value in environment.items()},
        trigger=decode_conditions(entries.get("trigger")),
        depends_on=goyaml.texts(entries.get("depends_on")),
        clone=not goyaml.flag(clone.get("disable")),
    )


def _step(node: yaml.Node) -> Step:
    entries = goyaml.fields(node)
    name, failure = _text(entries, "name"), _text(entries, "failure")
    not_restated = _STEP_KEYS_NOT_RESTATED & entries.keys()
    if not_restated or failure not in _FAILURES:
        raise PipelineError(f"the test kit cannot run step {name}: {sorted(not_restated) or failure}")
    return Step(
        name=name,
        image=_text(entries, "image"),
        settings=decode_settings(entries.get("settings")),
        environment=_environment(entries.get("environment")),
        when=decode_conditions(entries.get("when")),
        commands=goyaml.texts(entries.get("commands")),
        entrypoint=goyaml.texts(entries.get("entrypoint")),
        command=goyaml.texts(entries.get("command")),
        depends_on=goyaml.texts(entries.get("depends_on")),
        volumes=tuple(_mount(item) for item in goyaml.sequence(entries.get("volumes"))),
        extra_hosts=goyaml.texts(entries.get("extra_hosts")),
        detach=goyaml.flag(entries.get("detach")),
        privileged=goyaml.flag(entries.get("privileged")),
        pull=_text(entries, "pull"),
        user=_text(entries, "user"),
        working_dir=_text(entries, "working_dir"),
        failure=failure,
    )


def _environment(node: yaml.Node | None) -> Settings:
    """Variables are text as written, `0755` and `yes` too; a map with `from_secret` is a reference."""
    entries = {key: value for key, value in goyaml.fields(node).items() if not goyaml.is_null(value)}
    secrets = {key: secret_of(value) for key, value in entries.items() if secret_of(value)}
    values = {key: goyaml.text_of(value) for key, value in entries.items() if key not in secrets}
    return Settings(values, secrets)


def _volume(node: yaml.Node) -> Volume:
    entries = goyaml.fields(node)
    host, temporary = goyaml.fields(entries.get("host")), goyaml.fields(entries.get("temp"))
    if "host" not in entries and "temp" not in entries:
        raise PipelineError(f"the test kit knows temp and host volumes only{goyaml.where(node)}")
    return Volume(_text(entries, "name"), host=_text(host, "path"), medium=_text(temporary, "medium"))


def _mount(node: yaml.Node) -> Mount:
    entries = goyaml.fields(node)
    return Mount(_text(entries, "name"), _text(entries, "path"))
