"""Named sets of sizes and parameters, chosen in the commit message as a bare word: `[train gpu]`.

Whoever writes a commit message chooses a profile, so a profile changes how large a run is and with which
defaults it runs, and never where it runs, as whom, in which image, or what secrets it sees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from databricks_train.asking.nearest import did_you_mean
from databricks_train.job.settings import LONGEST_TIMEOUT, MOST_WORKERS
from drone_plugin import SettingsError, spell
from drone_plugin.scalars import DecodeError, duration, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

_NAME = re.compile(r"[A-Za-z][\w.-]{0,63}", re.ASCII)
OVERRIDES = ("node_type", "workers", "spark_version", "timeout", "cluster", "parameters")
CLUSTER = frozenset(
    {
        "autoscale",
        "aws_attributes",
        "azure_attributes",
        "custom_tags",
        "driver_instance_pool_id",
        "driver_node_type_flexibility",
        "driver_node_type_id",
        "enable_elastic_disk",
        "gcp_attributes",
        "instance_pool_id",
        "is_single_node",
        "kind",
        "node_type_id",
        "num_workers",
        "remote_disk_throughput",
        "runtime_engine",
        "spark_conf",
        "spark_version",
        "total_initial_remote_disk_size",
        "worker_node_type_flexibility",
    }
)
"""Fields of a cluster that say how large it is. A list of what passes: others say who it is."""
_CREDENTIALS = frozenset({"instance_profile_arn", "google_service_account", "log_analytics_info"})
_MAPS = frozenset({"cluster", "parameters"})


@dataclass(frozen=True)
class Profile:
    """One profile: overrides of settings by name, and defaults of parameters."""

    overrides: Mapping[str, JsonValue]
    parameters: Mapping[str, JsonValue]


def profiles(settings: Mapping[str, JsonValue]) -> dict[str, Profile]:
    """The profiles by name. Raises SettingsError with all that they may not touch."""
    problems = [text for name, value in settings.items() for text in _problems(name, value)]
    if problems:
        raise SettingsError(problems)
    made: dict[str, Profile] = {}
    for name, value in settings.items():
        fields = value if isinstance(value, dict) else {}
        parameters = fields.get("parameters")
        overrides = {field: item for field, item in fields.items() if field != "parameters"}
        made[name] = Profile(overrides, parameters if isinstance(parameters, dict) else {})
    return made


def _problems(name: str, value: JsonValue) -> Iterator[str]:
    place = f"settings.profiles.{quoted(name)[1:-1]}"
    if not _NAME.fullmatch(name):
        yield f"{place}: is no name: one word of letters, digits, _, - and ."
    if not isinstance(value, dict):
        yield f"{place}: is not a map of overrides ({', '.join(OVERRIDES)})"
        return
    for field, item in value.items():
        if field not in OVERRIDES:
            meant = did_you_mean(field, OVERRIDES)
            yield f"{place}.{quoted(field)[1:-1]}: a profile cannot set it{meant} ({', '.join(OVERRIDES)})"
        elif field in _MAPS and not isinstance(item, dict):
            yield f"{place}.{field}: is not a map"
    yield from _value_problems(place, value)
    cluster = value.get("cluster")
    if isinstance(cluster, dict):
        yield from _cluster_problems(f"{place}.cluster", cluster)


def _value_problems(place: str, value: Mapping[str, JsonValue]) -> Iterator[str]:
    for field in ("node_type", "spark_version"):
        if field in value and not (isinstance(value[field], str) and value[field]):
            yield f"{place}.{field}: is not a text"
    workers = value.get("workers", 0)
    if isinstance(workers, bool) or not isinstance(workers, int) or not 0 <= workers <= MOST_WORKERS:
        yield f"{place}.workers: is not a whole number from 0 to {MOST_WORKERS}"
    try:
        if not timedelta(0) < timeout(value, LONGEST_TIMEOUT) <= LONGEST_TIMEOUT:
            yield f"{place}.timeout: is not a duration of at most {spell(LONGEST_TIMEOUT)}"
    except DecodeError as error:
        yield f"{place}.timeout: {error}"


def timeout(overrides: Mapping[str, JsonValue], default: timedelta) -> timedelta:
    """The time limit that a profile sets. Raises DecodeError for what is no duration."""
    return duration(spell(overrides["timeout"])) if "timeout" in overrides else default


def _cluster_problems(place: str, cluster: Mapping[str, JsonValue]) -> Iterator[str]:
    for field, item in cluster.items():
        if field not in CLUSTER:
            yield (
                f"{place}.{quoted(field)[1:-1]}: a profile says how large a cluster is, not what it holds or "
                f"who it is{did_you_mean(field, CLUSTER)}"
            )
        elif isinstance(item, dict):
            yield from (
                f"{place}.{field}.{inner}: a profile changes no credentials"
                for inner in item.keys() & _CREDENTIALS
            )
        if "{{" in str(item):
            yield f"{place}.{quoted(field)[1:-1]}: a profile reads no secrets"
