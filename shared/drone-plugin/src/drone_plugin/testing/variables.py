"""The variables of a plugin step on each of the three runners."""

import json
from collections.abc import Mapping

from yaml import Node

from drone_plugin.testing.encode import Dialect, Settings, decode_settings, encode_node, parse
from drone_plugin.testing.environment import Context, Secret, exposed, layers, step_environment
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.goyaml import documents
from drone_plugin.testing.metadata import WORKSPACE, Stage
from drone_plugin.testing.spec import BuildSpec
from drone_plugin.testing.woodpecker import drone_names, woodpecker_map

NOW = 1_767_225_600
"""When the step starts, in seconds since 1970: the first of January 2026."""

# The Kubernetes runner adds the names of steps when the pod has been made, and knows no engine.
_NOT_ON_KUBERNETES = frozenset(
    {
        "DRONE_STEP_NAME",
        "DRONE_STEP_NUMBER",
        "DRONE_DOCKER_NETWORK_ID",
        "DRONE_DOCKER_VOLUME_ID",
        "DRONE_WORKSPACE_BASE",
        "DRONE_WORKSPACE_PATH",
    }
)


def step_variables(
    settings: str | Mapping[str, Value],
    build: BuildSpec,
    dialect: Dialect = "drone",
    *,
    secrets: Mapping[str, str | Secret] | None = None,
    environment: Mapping[str, str] | None = None,
    workspace: str = WORKSPACE,
) -> dict[str, str]:
    """What the container of a plugin step gets: metadata, `environment`, and `settings` as `PLUGIN_*`.

    `settings` is YAML as it stands in the pipeline, `${...}` and `from_secret` included, or the values that
    it would mean. Secrets are withheld from pull requests unless they say otherwise.

    Raises:
        YamlParseError: `settings` is no YAML map.
        PipelineError: a bad substitution, or on Woodpecker a secret that does not exist.
    """
    known = exposed(secrets or {}, build)
    own = dict(environment or {})
    if dialect == "woodpecker":
        metadata = woodpecker_map(build, now=NOW, workspace=workspace)
        known_to_plugins = {**metadata, **drone_names(metadata)}
        return {**known_to_plugins, **own, **encode_node(_node(settings, metadata), dialect, known)}
    context = Context(build, stage=Stage(started=NOW), secrets=known)
    node = _node(settings, context.substitutions(now=NOW))
    if dialect == "kube":
        common = layers(context, name="", number=0, now=NOW, settings=Settings(), environment=Settings(own))
        variables = {name: value for name, value in common.items() if name not in _NOT_ON_KUBERNETES}
        pod = {"DRONE_STAGE_TYPE": "kubernetes", "DRONE_WORKSPACE": workspace}
        return {**variables, **pod, **encode_node(node, dialect, known)}
    variables = step_environment(
        context,
        name="plugin",
        number=2,
        now=NOW,
        settings=decode_settings(node),
        environment=Settings(own),
    )
    return {**variables, "DRONE_WORKSPACE": workspace, "DRONE_WORKSPACE_BASE": workspace}


def _node(settings: str | Mapping[str, Value], substitutions: Mapping[str, str]) -> Node | None:
    """Values are written as JSON, which is YAML, too; `${` in them is text."""
    if isinstance(settings, str):
        return parse(settings, substitutions)
    text = json.dumps(settings, ensure_ascii=False, allow_nan=False, default=str)
    return next(iter(documents(text)))
