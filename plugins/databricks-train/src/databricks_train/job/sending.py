"""A plan as it is sent, archived, compared and shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from databricks_train.job.body import Body, tasks_of
from databricks_train.job.check_spec import sent_problems
from databricks_train.job.logins import with_withheld_logins, without_plain_logins
from databricks_train.job.substitute import as_template, finish, names_in
from databricks_train.job.tie import VARIABLES, task_variables, without_empty
from drone_plugin import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from databricks_train.job.planned import Plan

SCOPED = frozenset(
    {
        "bootstrap",
        "build",
        "chain",
        "host",
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

DATA = "data."
_MASK = "******"


def fill(plan: Plan, scoped: Mapping[str, str]) -> Body:
    """The body as it is sent; `scoped` has a value for each name of `SCOPED` that the plan uses.

    A value of `chain` has to be `exportable_json`. Raises SettingsError for a name without value.
    """
    data = {name: "" for name in names_in(plan.body) if name.startswith(DATA)}
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
    """The body for the record: the template, with a mark where a login stood in clear."""
    return with_withheld_logins(plan.body)


def identity(plan: Plan) -> Body:
    """What makes this the same training as another: all of the plan that is not of one run."""
    return {
        "endpoint": plan.endpoint,
        "body": without_plain_logins(plan.body),
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
