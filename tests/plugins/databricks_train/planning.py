"""Plans for tests: settings as Drone encodes them, and what goes into a plan beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from databricks_train.asking.asked import Asked
from databricks_train.job.body import Body
from databricks_train.job.exported import exportable_json
from databricks_train.job.plan import Facts, Plan, archived, make_plan
from databricks_train.job.settings import JobSettings
from databricks_train.job.substitute import Scalar
from drone_plugin import SettingsError
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.goformat import Value

IMAGE = "registry.example.com/team/model@sha256:" + "a" * 64


SERVER = ("databricks", "databricks-uc")


FACTS = Facts(IMAGE, "c0ffee", "main", "key-1", *SERVER)


SCOPED = {
    "bootstrap": "/Workspace/Users/me/bootstrap.py",
    "build": "7",
    "chain": exportable_json({"branch": "it's {{secrets/a/b}} `a` $HOME"}),
    "host": "https://acme.cloud.databricks.com",
    "mlflow.experiment_id": "42",
    "mlflow.run_id": "r-1",
    "nonce": "n0",
    "request": "/Workspace/Users/me/request.json",
    "run_name": "octocat/hello c0ffee build 7",
}


SHORT: Mapping[str, Value] = {
    "entry_point": "my_model.train",
    "arguments": ["--lr", "${param.lr}", "it's"],
    "node_type": "m5.xlarge",
    "spark_version": "15.4.x-scala2.12",
}


RUN = [
    "--run-id={{job.run_id}}",
    "--run-url=https://acme.cloud.databricks.com/jobs/{{job.id}}/runs/{{job.run_id}}?o={{workspace.id}}",
]
"""The arguments by which the bootstrap learns what Databricks run it is in."""


ASKED = Asked({"lr": 0.1, "epochs": 20, "nodes": 3, "note": "${build} {x}"})


SPARK: Mapping[str, Value] = {
    "spark_version": "15.4.x-scala2.12",
    "node_type_id": "m5.xlarge",
    "num_workers": 1,
}


def loaded(settings: Mapping[str, Value]) -> JobSettings:
    """Settings as a step reads them from what Drone encodes."""
    read = JobSettings.load(settings_from(settings).values)
    read.require()
    return read


def plan(
    settings: Mapping[str, Value],
    asked: Asked = ASKED,
    facts: Facts = FACTS,
    workspace: Path = Path("/nowhere"),
) -> Plan:
    """The plan that these settings make."""
    return make_plan(loaded(settings), asked, facts, workspace)


def short(asked: Asked = ASKED, **settings: Value) -> Plan:
    """The plan of the short way."""
    return plan({**SHORT, **settings}, asked)


def described(*tasks: Mapping[str, Value], **more: Value) -> Plan:
    """The plan of an inline job."""
    return plan({"job": {"tasks": list(tasks), **more}})


def refused(*tasks: Mapping[str, Value], **more: Value) -> list[str]:
    """What is wrong with an inline job of these tasks."""
    with pytest.raises(SettingsError) as error:
        described(*tasks, **more)
    return error.value.message.splitlines()


@dataclass(frozen=True)
class Archived:
    """What the record keeps of a plan."""

    body: Body
    endpoint: Literal["submit", "run-now"]
    image: str
    parameters: Mapping[str, Scalar]
    profile: str
    limit: int


def kept(made: Plan) -> Archived:
    """The plan's archived request, once through its file."""
    body = json.loads(json.dumps(archived(made)))
    return Archived(body, made.endpoint, IMAGE, made.parameters, made.profile, made.limit)


def train(**changes: Value) -> dict[str, Value]:
    """A task that starts with the bootstrap on a cluster of its own."""
    start: Value = {"python_file": "${bootstrap}", "parameters": ["my_model.train"]}
    return {"task_key": "train", "new_cluster": SPARK, "spark_python_task": start, **changes}
