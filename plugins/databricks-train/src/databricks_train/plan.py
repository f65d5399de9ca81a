"""What will be sent, decided and checked before anything is.

A plan is a template: names that only one run has (its MLflow run, the build's number) still stand in it, so
that the same training asked for twice has the same plan.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from databricks_train.check_names import check_names
from databricks_train.check_spec import image_problems, sent_problems, spec_problems, spec_warnings
from databricks_train.described_job import in_tasks, read_job, sized, with_image
from databricks_train.job import SHORT, Body, in_words, short_job, tasks_of
from databricks_train.job_settings import LONGEST_TIMEOUT
from databricks_train.logins import plain_logins, registry_login, without_plain_logins
from databricks_train.profiles import timeout
from databricks_train.substitute import (
    Scalar,
    as_template,
    as_text,
    beneath,
    finish,
    is_scalar,
    names_in,
    prepare,
)
from databricks_train.tie import VARIABLES, task_variables, with_tracking, without_empty
from drone_plugin import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from databricks_train.asked import Asked
    from databricks_train.job_settings import JobSettings

SCOPED = frozenset(
    {
        "bootstrap",
        "build",
        "chain",
        "mlflow.experiment_id",
        "mlflow.experiment_name",
        "mlflow.run_id",
        "mlflow.run_name",
        "nonce",
        "request",
        "run_name",
    }
)
"""The names of one run. `fill` wants each that the plan uses."""

_FOR_USERS = ("build", "mlflow.run_id", "mlflow.experiment_id", "bootstrap")
_DATA = "data."
_MASK = "******"


@dataclass(frozen=True)
class Facts:
    """What a plan is made of beside the settings."""

    image: str
    """As the cluster pulls it."""
    commit: str
    branch: str
    run_key: str
    tracking_uri: str
    registry_uri: str
    data: Mapping[str, str] = field(default_factory=dict)
    """Versions of data by name, where they are pinned: `${data.<name>.version}`. Others stay empty."""


@dataclass(frozen=True)
class Plan:
    """A request to be made. Its texts are templates that `fill` completes."""

    endpoint: Literal["submit", "run-now"]
    body: Body
    parameters: Mapping[str, Scalar]
    profile: str
    limit: int
    """Seconds after which the run is to end; Databricks itself sees to that, but for a saved job."""
    variables: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    """What was decided, to be printed."""
    warnings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Texts that stand in the body in clear, to be masked in everything that is printed."""


def make_plan(settings: JobSettings, asked: Asked, facts: Facts, workspace: Path) -> Plan:
    """The request for what is asked, checked. Raises SettingsError with everything that is wrong with it."""
    names = known_names(asked, facts)

    def rendered(value: JsonValue, place: str) -> JsonValue:
        return prepare(value, names, is_scoped, place)

    limit = int(timeout(asked.overrides, settings.timeout).total_seconds())
    if settings.job_id:
        return _saved_job(settings, asked, rendered, limit)
    if not settings.job:
        body, place = short_job(settings, asked.overrides, rendered), SHORT
    else:
        job, place = read_job(settings, workspace)
        made = rendered(job, place)
        body = sized(in_tasks(made if isinstance(made, dict) else {}, place), asked.overrides, place)
    body, seconds = _limited(body, limit, place, forced="timeout" in asked.overrides)
    plan = Plan("submit", body, asked.parameters, asked.profile, seconds)
    return complete(plan, settings, facts, place)


def plan_again(request: Plan, settings: JobSettings, facts: Facts, place: str = "archived request") -> Plan:
    """The plan of an archived request: its body as `archived` had it, with the data versions of `facts`.

    `facts.image` is the image of the request. Raises SettingsError as `make_plan`.
    """
    data: dict[str, Scalar] = {f"{_DATA}{name}.version": version for name, version in facts.data.items()}
    body = prepare(request.body, data, lambda _: True, place)
    again = replace(request, body=body if isinstance(body, dict) else {})
    return again if again.endpoint == "run-now" else complete(again, settings, facts, place, give_image=False)


def complete(plan: Plan, settings: JobSettings, facts: Facts, place: str, *, give_image: bool = True) -> Plan:
    """The plan with image, login and variables in every task, checked; what is there already stays.

    Without `give_image` a cluster that has no image gets none.
    """
    names = check_names(plan.body, plan.endpoint, place, settings.unknown_fields)
    if names.problems:
        raise SettingsError(map(in_words, names.problems))
    body, lines = with_image(names.body, facts.image, registry_login(settings), place, give=give_image)
    problems = [*image_problems(body, place), *spec_problems(body, place)]
    secrets = tuple(str(finish(text, {})) for text in plain_logins(body))
    if secrets and not settings.allow_plaintext_secrets:
        problems.append(
            f"{beneath(place, 'docker_image.basic_auth')}: must hold references such as "
            "{{secrets/scope/key}}; whoever may view a run can read its text"
        )
    if problems:
        raise SettingsError(map(in_words, problems))
    server = {"MLFLOW_TRACKING_URI": facts.tracking_uri, "MLFLOW_REGISTRY_URI": facts.registry_uri}
    tied = with_tracking(body, {name: as_template(value) for name, value in server.items()}, place)
    warnings = (*names.warnings, *spec_warnings(body, place), *tied.warnings)
    return replace(
        plan,
        body=tied.body,
        variables=tied.variables,
        lines=(*plan.lines, *lines),
        warnings=(*plan.warnings, *map(in_words, warnings)),
        secrets=secrets,
    )


def known_names(asked: Asked, facts: Facts) -> dict[str, Scalar]:
    """The names whose values belong to the plan."""
    known: dict[str, Scalar] = {
        "image": facts.image,
        "commit": facts.commit,
        "branch": facts.branch,
        "run_key": facts.run_key,
        "mlflow.tracking_uri": facts.tracking_uri,
    }
    known |= {f"param.{name}": value for name, value in asked.parameters.items()}
    return known | {f"{_DATA}{name}.version": version for name, version in facts.data.items()}


def is_scoped(name: str) -> bool:
    """Whether a user's text may hold a name that only one run has a value for."""
    return name in _FOR_USERS or (name.startswith(_DATA) and name.endswith(".version"))


def _saved_job(
    settings: JobSettings, asked: Asked, rendered: Callable[[JsonValue, str], JsonValue], limit: int
) -> Plan:
    """A saved job is run as it is: of what this build knows, only its parameters reach it."""
    resizing = [name for name in asked.overrides if name != "timeout"]
    if resizing:
        raise SettingsError(
            f"settings.profiles.{asked.profile}: changes {', '.join(resizing)}, and a saved job has its own; "
            "with job_id a profile can set parameters and timeout"
        )
    parameters = rendered({**settings.job_parameters}, "settings.job_parameters")
    body: Body = {"job_id": settings.job_id}
    texts = parameters if isinstance(parameters, dict) else {}
    if texts:
        body["job_parameters"] = {name: as_text(value) for name, value in texts.items() if is_scalar(value)}
    warnings = [f"job {settings.job_id} is a saved one: it runs in its own image and with its own time limit"]
    if "mlflow.run_id" not in names_in(body):
        warnings.append(
            f"job {settings.job_id} is not told its MLflow run; write job_parameters: "
            "{mlflow_run_id: '$${mlflow.run_id}'}, and read that in the job"
        )
    return Plan("run-now", body, asked.parameters, asked.profile, limit, warnings=tuple(warnings))


def _limited(body: Body, limit: int, place: str, *, forced: bool) -> tuple[Body, int]:
    """The body with a name and a time limit, and that limit in seconds."""
    seconds = body.get("timeout_seconds")
    if forced or seconds is None:
        seconds = limit
    if isinstance(seconds, str) and seconds.isdecimal():
        seconds = int(seconds)
    longest = int(LONGEST_TIMEOUT.total_seconds())
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= longest:
        raise SettingsError(
            f"{beneath(place, 'timeout_seconds')}: is no number of seconds from 1 to {longest}; without a "
            "limit a run that hangs costs money for ever"
        )
    return {"run_name": "${run_name}", **body, "timeout_seconds": seconds}, seconds


def fill(plan: Plan, scoped: Mapping[str, str]) -> Body:
    """The body as it is sent; `scoped` has a value for each name of `SCOPED` that the plan uses.

    A value of `chain` has to be `exportable_json`. Raises SettingsError for a name without value.
    """
    data = {name: "" for name in names_in(plan.body) if name.startswith(_DATA)}
    values = {"mlflow.experiment_name": "", "mlflow.run_name": "", **data, **scoped}
    variables = {name: str(finish(text, values, f"variable {name}")) for name, text in plan.variables.items()}
    tasks = [str(task.get("task_key", "")) for _, task in tasks_of(plan.body, "job")]
    values |= {f"{VARIABLES}{key}": task_variables(variables, key) for key in tasks}
    made = finish(plan.body, values, "job")
    body = without_empty(made) if isinstance(made, dict) else {}
    problems = list(sent_problems(body, "job"))
    if problems:
        raise SettingsError(problems)
    return body


def archived(plan: Plan) -> Body:
    """The body for the record: the template, and a login in clear is left out."""
    return without_plain_logins(plan.body)


def identity(plan: Plan) -> Body:
    """What makes this the same training as another: all of the plan that is not of one run."""
    return {
        "endpoint": plan.endpoint,
        "body": archived(plan),
        "variables": {**plan.variables},
        "parameters": {**plan.parameters},
        "profile": plan.profile,
    }


def shown(plan: Plan, body: Body | None = None) -> str:
    """The request as JSON for people, a login in clear masked; of `body`, the filled one, if it is given."""
    sent = {"endpoint": plan.endpoint, "body": plan.body if body is None else body}
    text = json.dumps(sent, indent=2, ensure_ascii=False)
    for secret in plan.secrets:
        for form in (secret, as_template(secret)):
            text = text.replace(json.dumps(form, ensure_ascii=False), json.dumps(_MASK))
    return text
