"""What will be sent, decided and checked before anything is.

A plan is a template: names that only one run has (its MLflow run, the build's number) still stand in it, so
that the same training asked for twice has the same plan.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from databricks_train.asking.profiles import timeout
from databricks_train.job.body import SHORT, Body, in_words, short_job
from databricks_train.job.check_names import check_names
from databricks_train.job.check_spec import image_problems, secret_problems, spec_problems, spec_warnings
from databricks_train.job.described import in_tasks, read_job, sized, with_image
from databricks_train.job.logins import lacks_login, plain_logins, registry_login, with_login
from databricks_train.job.planned import Facts, Plan, Request
from databricks_train.job.sending import DATA, archived, fill, identity, shown
from databricks_train.job.settings import LONGEST_TIMEOUT, JobSettings
from databricks_train.job.substitute import (
    Scalar,
    as_template,
    as_text,
    beneath,
    finish,
    is_scalar,
    names_in,
    prepare,
)
from databricks_train.job.tie import with_tracking
from drone_plugin import SettingsError

__all__ = ["Facts", "Plan", "Request", "archived", "fill", "identity", "make_plan", "plan_again", "shown"]

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from databricks_train.asking.asked import Asked

_FOR_USERS = ("build", "mlflow.run_id", "mlflow.experiment_id", "bootstrap")
_EXAMPLES = (*_FOR_USERS, f"{DATA}<name>.version")


def make_plan(settings: JobSettings, asked: Asked, facts: Facts, workspace: Path) -> Plan:
    """The request for what is asked, checked. Raises SettingsError with everything that is wrong with it."""
    names = known_names(asked, facts)

    def rendered(value: JsonValue, place: str) -> JsonValue:
        return prepare(value, names, is_scoped, place, _EXAMPLES)

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
    return _complete(plan, settings, facts, place)


def plan_again(
    request: Request,
    tracking_uri: str,
    registry_uri: str,
    data: Mapping[str, str],
    settings: JobSettings | None = None,
) -> Plan:
    """The plan of an archived request, with the versions of data that `data` pins.

    Image, cluster and parameters are those of the request, and so are the names of its fields: what
    Databricks took once is sent again. `settings` have the registry login, which is not archived where it was
    in clear. Raises SettingsError as `make_plan`, and where that login is missing.
    """
    place = "archived request"
    names: dict[str, Scalar] = {f"{DATA}{name}.version": version for name, version in data.items()}
    made = prepare(request.body, names, lambda _: True, place)
    body = made if isinstance(made, dict) else {}
    known = settings or JobSettings()
    limit = request.limit or int(known.timeout.total_seconds())
    plan = Plan(request.endpoint, body, request.parameters, request.profile, limit)
    if plan.endpoint == "run-now":
        return plan
    plan = replace(plan, body=with_login(body, registry_login(known)))
    if lacks_login(plan.body):
        raise SettingsError(
            "settings.cluster_registry_username and cluster_registry_password: are required: the run was "
            "submitted with a registry login in clear, which is not archived",
            hint="write them as references such as {{secrets/scope/key}}; in clear they need "
            "allow_plaintext_secrets: true",
        )
    server = {"MLFLOW_TRACKING_URI": tracking_uri, "MLFLOW_REGISTRY_URI": registry_uri}
    return _checked(plan, known, server, place)


def _complete(plan: Plan, settings: JobSettings, facts: Facts, place: str) -> Plan:
    """The plan with image, login and variables in every task, checked."""
    names = check_names(plan.body, plan.endpoint, place, settings.unknown_fields)
    if names.problems:
        raise SettingsError(map(in_words, names.problems))
    body, lines = with_image(names.body, facts.image, place)
    body = with_login(body, registry_login(settings))
    warnings = (*plan.warnings, *map(in_words, names.warnings))
    plan = replace(plan, body=body, lines=(*plan.lines, *lines), warnings=warnings)
    server = {"MLFLOW_TRACKING_URI": facts.tracking_uri, "MLFLOW_REGISTRY_URI": facts.registry_uri}
    return _checked(plan, settings, server, place)


def _checked(plan: Plan, settings: JobSettings, server: Mapping[str, str], place: str) -> Plan:
    """The plan as Databricks will take it, tied to its MLflow run."""
    problems = [*image_problems(plan.body, place), *spec_problems(plan.body, place)]
    logins = list(plain_logins(plan.body))
    if logins and not settings.allow_plaintext_secrets:
        problems.append(
            f"{beneath(place, 'docker_image.basic_auth')}: must hold references such as "
            "{{secrets/scope/key}}; whoever may view a run can read its text"
        )
    if problems:
        raise SettingsError(map(in_words, problems))
    tied = with_tracking(plan.body, {name: as_template(value) for name, value in server.items()}, place)
    warnings = map(in_words, (*spec_warnings(plan.body, place), *tied.warnings))
    return replace(
        plan,
        body=tied.body,
        variables=tied.variables,
        warnings=(*plan.warnings, *warnings),
        secrets=tuple({str(finish(text, {})) for name, text in logins if name != "username"}),
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
    if facts.registered_model_name:
        known["mlflow.registered_model_name"] = facts.registered_model_name
    known |= {f"param.{name}": value for name, value in asked.parameters.items()}
    return known | {f"{DATA}{name}.version": version for name, version in facts.data.items()}


def is_scoped(name: str) -> bool:
    """Whether a user's text may hold a name that only one run has a value for."""
    return name in _FOR_USERS or (name.startswith(DATA) and name.endswith(".version"))


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
    plain = list(secret_problems(parameters, "settings.job_parameters"))
    if plain:
        raise SettingsError(plain)
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
