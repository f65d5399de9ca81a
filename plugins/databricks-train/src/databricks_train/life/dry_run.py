"""What can be checked without paying: each thing with ✔, or with what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drone_plugin import PluginError, SettingsError
from drone_plugin.names import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from pydantic import JsonValue

    from databricks_train.workspace.api import Workspace
    from databricks_train.workspace.catalog import Catalog
    from drone_plugin import Log

LOGIN: Final = "login"
_SECRET: Final = re.compile(r"\{\{secrets/([^/{}\s]+)/([^/{}\s]+)\}\}")


@dataclass(frozen=True)
class Check:
    """One thing to look at."""

    what: str
    look: Callable[[], str]
    """Returns what was found, for people; raises PluginError for what has to be done."""
    needs: str = ""
    """Another check without which this one means nothing."""
    unless: str = ""
    """Why there is nothing to look at; then it is only said so."""


@dataclass(frozen=True)
class Checked:
    """What came of a check."""

    what: str
    found: str
    error: PluginError | None = None
    skipped: bool = False


def run_checks(checks: Iterable[Check], log: Log) -> list[Checked]:
    """Look at everything, whatever fails, and print each result as it comes."""
    results: list[Checked] = []
    bad: set[str] = set()
    for check in checks:
        if check.unless:
            log.info(f"· {check.what}: not checked: {check.unless}")
            continue
        result = _skipped(check) if check.needs in bad else _look(check)
        results.append(result)
        if result.skipped:
            log.info(f"· {check.what}: not checked, for it needs {check.needs}")
        elif result.error:
            log.error([f"✘ {check.what}: {result.error.message}"], result.error.hint.splitlines())
        else:
            log.success(f"✔ {check.what}" + (f": {result.found}" if result.found else ""))
        if result.error or result.skipped:
            bad.add(check.what)
    return results


def worst(results: Sequence[Checked]) -> PluginError | None:
    """What to end the step with: the error with the highest exit code, or None when all is well."""
    errors = [result.error for result in results if result.error]
    if not errors:
        return None
    gravest = max(errors, key=lambda error: error.exit_code)
    hint = "each ✘ above says what to do; run it again until all is ✔"
    return type(gravest)(f"{len(errors)} of {len(results)} checks failed", hint=hint)


def workspace_checks(workspace: Workspace, catalog: Catalog, body: JsonValue) -> Iterator[Check]:
    """The checks of what `body` (of `runs/submit` or `run-now`) asks of a workspace."""
    yield Check(LOGIN, lambda: f"{workspace.user()} at {workspace.door.host}")
    for name, offered in (("node_type_id", catalog.node_types), ("spark_version", catalog.spark_versions)):
        for value in _values(body, {name, f"driver_{name}"}):
            yield Check(f"{name} {value}", _known(value, name, offered), LOGIN)
    for scope, keys in _secrets(body).items():
        yield Check(f"secret scope {scope}", _has_keys(catalog, scope, keys), LOGIN)
    for cluster_id in _values(body, {"existing_cluster_id"}):
        yield Check(f"cluster {cluster_id}", _cluster(catalog, cluster_id), LOGIN)
    for job_id in _values(body, {"job_id"}):
        yield Check(f"job {job_id}", _job(catalog, job_id), LOGIN)


def _look(check: Check) -> Checked:
    try:
        return Checked(check.what, check.look())
    except PluginError as error:
        return Checked(check.what, "", error)


def _skipped(check: Check) -> Checked:
    return Checked(check.what, "", skipped=True)


def _known(value: str, name: str, offered: Callable[[], Collection[str]]) -> Callable[[], str]:
    def look() -> str:
        known = offered()
        if value in known:
            return ""
        meant = nearest(value, known)
        raise SettingsError(
            f"the workspace has no {name} {value}",
            hint=f"did you mean {meant}?"
            if meant
            else f"it has {len(known)} others: see its page of clusters",
        )

    return look


def _has_keys(catalog: Catalog, scope: str, keys: Collection[str]) -> Callable[[], str]:
    def look() -> str:
        missing = sorted(set(keys) - catalog.secret_keys(scope))
        if missing:
            commands = "\n".join(f"databricks secrets put-secret {scope} {key}" for key in missing)
            raise SettingsError(f"has no {', '.join(missing)}", hint=commands)
        return f"has {', '.join(sorted(keys))}"

    return look


def _cluster(catalog: Catalog, cluster_id: str) -> Callable[[], str]:
    return lambda: str(catalog.cluster(cluster_id).get("state") or "")


def _job(catalog: Catalog, job_id: str) -> Callable[[], str]:
    return lambda: catalog.job_name(int(job_id))


def _secrets(body: JsonValue) -> dict[str, list[str]]:
    """The keys that `{{secrets/scope/key}}` in any text of the body refers to, by scope."""
    found: dict[str, list[str]] = {}
    for text in _texts(body):
        for scope, key in _SECRET.findall(text):
            if key not in found.setdefault(scope, []):
                found[scope].append(key)
    return found


def _values(body: JsonValue, names: Collection[str]) -> list[str]:
    """The values of fields with these names, at any depth, each once."""
    found: dict[str, None] = {}
    if isinstance(body, dict):
        for name, value in body.items():
            if name in names and isinstance(value, str | int):
                found[str(value)] = None
            else:
                found |= dict.fromkeys(_values(value, names))
    elif isinstance(body, list):
        for item in body:
            found |= dict.fromkeys(_values(item, names))
    return list(found)


def _texts(body: JsonValue) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, list | dict):
        for item in body.values() if isinstance(body, dict) else body:
            yield from _texts(item)
