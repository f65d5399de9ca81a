"""`settings:` of a `.drone.yml` as the `PLUGIN_*` variables that a container gets, for three runners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, TypeGuard

import yaml

from drone_plugin.testing import goyaml
from drone_plugin.testing.errors import PipelineError
from drone_plugin.testing.goformat import Value, format_float, to_json
from drone_plugin.testing.substitute import substitute

Dialect: TypeAlias = Literal["drone", "kube", "woodpecker"]

# What go-yaml v2 takes for a nil pointer. `Null` and `NULL` are read by the setting itself, and encoded.
_NIL_POINTER = frozenset({"", "~", "null"})


@dataclass(frozen=True)
class Settings:
    """The settings of one step: encoded values and references to secrets, by the name of the variable."""

    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def encode(
    yaml_text: str, dialect: Dialect, *, secrets: Mapping[str, str], substitutions: Mapping[str, str]
) -> dict[str, str]:
    """The `PLUGIN_*` variables in the container of a step whose `settings:` are `yaml_text`.

    Raises:
        YamlParseError: the text, after the substitution, is no YAML map.
        PipelineError: a bad substitution, or on Woodpecker a secret that does not exist.
    """
    return encode_node(parse(yaml_text, substitutions), dialect, secrets)


def parse(yaml_text: str, substitutions: Mapping[str, str]) -> yaml.Node | None:
    """The text of `settings:` as a node, after the substitution; None where it says nothing.

    Raises:
        YamlParseError: the text is no YAML.
        PipelineError: a bad substitution.
    """
    parsed = goyaml.documents(substitute(yaml_text, substitutions))
    return parsed[0] if parsed else None


def encode_node(node: yaml.Node | None, dialect: Dialect, secrets: Mapping[str, str]) -> dict[str, str]:
    """`encode` of what is parsed already.

    Raises:
        YamlParseError: the node is no map.
        PipelineError: on Woodpecker, a secret that does not exist.
    """
    if dialect == "woodpecker":
        return _woodpecker(node, secrets)
    settings = decode_settings(node)
    if dialect == "drone":
        present = {name: value for name, value in settings.values.items() if value}
        return present | {name: secrets.get(secret, "") for name, secret in settings.secrets.items()}
    found = {name: secrets[secret] for name, secret in settings.secrets.items() if secret in secrets}
    return {**settings.values, **found}


def decode_settings(node: yaml.Node | None) -> Settings:
    """The settings of a step as Drone's docker and Kubernetes runners decode them, empty values included."""
    values: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for key, item in goyaml.fields(node).items():
        name = variable(key, "drone")
        if goyaml.is_null(item, _NIL_POINTER):
            continue
        secret = secret_of(item)
        if secret:
            secrets[name] = secret
        else:
            decoded = goyaml.value_of(item, 2)
            values[name] = "null" if decoded is None else encode_value(decoded, "drone") or ""
    return Settings(values, secrets)


def settings_from(values: Mapping[str, Value]) -> Settings:
    """The settings that Drone would decode from YAML that says `values`; None stands for an empty entry."""
    plain: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for key, value in values.items():
        secret = value.get("from_secret") if isinstance(value, Mapping) else None
        if isinstance(secret, str) and secret:
            secrets[variable(key, "drone")] = secret
        elif value is not None:
            plain[variable(key, "drone")] = encode_value(value, "drone") or ""
    return Settings(plain, secrets)


def variable(key: str, dialect: Dialect) -> str:
    """The name of the variable of a setting."""
    if dialect == "woodpecker":
        key = key.replace(".", "_").replace("-", "_")
    return f"PLUGIN_{key.upper()}"


def secret_of(node: yaml.Node) -> str:
    """The secret that a node refers to; empty when it is something else."""
    if not isinstance(node, yaml.MappingNode):
        return ""
    reference = goyaml.fields(node).get("from_secret")
    return goyaml.text_of(reference) if isinstance(reference, yaml.ScalarNode) else ""


def encode_value(value: Value, dialect: Dialect) -> str | None:
    """The text of one setting, None where the variable is absent; a reference to a secret is plain data."""
    if value is None:
        return None
    if isinstance(value, Mapping | datetime) or _is_complex(value):
        text = to_json(value)
    elif _is_list(value):
        text = ",".join(_item(item) for item in value)
    else:
        text = _scalar(value)
    return None if dialect == "drone" and not text else text


def _is_list(value: Value) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_complex(value: Value) -> bool:
    """Whether this is a list of more than scalars, which is not joined by commas."""
    return _is_list(value) and any(isinstance(item, Mapping | datetime) or _is_list(item) for item in value)


def _item(value: Value) -> str:
    return "" if value is None else _scalar(value)


def _scalar(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return format_float(value)
        case _:
            return str(value)


def _woodpecker(node: yaml.Node | None, secrets: Mapping[str, str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for key, item in goyaml.fields(node).items():
        value = goyaml.value_of(item, 3)
        if value is None:
            continue
        filled = _with_secrets(value, secrets)
        # Whether a list is simple is decided before its secrets are filled in.
        text = to_json(filled) if _is_complex(value) else encode_value(filled, "woodpecker")
        variables[variable(key, "woodpecker")] = text or ""
    return variables


def _with_secrets(value: Value, secrets: Mapping[str, str]) -> Value:
    if isinstance(value, Mapping):
        name = value.get("from_secret")
        if isinstance(name, str):
            if name not in secrets:
                raise PipelineError(f"secret {name!r} not found")
            return secrets[name]
        return {key: _with_secrets(item, secrets) for key, item in value.items()}
    if _is_list(value):
        return [_with_secrets(item, secrets) for item in value]
    return value
