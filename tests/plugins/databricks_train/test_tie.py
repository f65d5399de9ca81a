"""How a job knows its MLflow run: by variables of its clusters, or by the bootstrap."""

import json

from databricks_train.job.plan import fill
from kit.databricks.values import at

from .planning import IMAGE, RUN, SCOPED, described, short, train


def test_tags_survive_a_shell_and_make_no_reference() -> None:
    text = at(fill(short(), SCOPED), "tasks", 0, "new_cluster", "spark_env_vars", "DRONE_ML_CHAIN")
    assert isinstance(text, str)
    assert not {"'", "\n"} & {*text}
    assert "{{" not in text
    assert json.loads(text) == {"branch": "it's {{secrets/a/b}} `a` $HOME"}


def test_the_users_variables_may_quieten_or_not_and_never_cut_the_link() -> None:
    made = short(
        environment={"DATA": "s3://${branch}", "MLFLOW_HTTP_REQUEST_TIMEOUT": "90"},
        cluster={"spark_env_vars": {"MLFLOW_RUN_ID": "of-somebody", "PROXY": "p"}},
    )
    variables = at(fill(made, SCOPED), "tasks", 0, "new_cluster", "spark_env_vars")
    assert isinstance(variables, dict)
    assert {
        name: variables[name] for name in ("DATA", "PROXY", "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_RUN_ID")
    } == {
        "DATA": "s3://main",
        "PROXY": "p",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "90",
        "MLFLOW_RUN_ID": "r-1",
    }
    assert made.warnings == ("settings.cluster.spark_env_vars.MLFLOW_RUN_ID: is set by the step",)


def test_a_bootstrap_where_no_variables_can_be_set_gets_them_by_hand() -> None:
    made = described(
        train(task_key="a", new_cluster=None, existing_cluster_id="c-1"),
        train(task_key="b", depends_on=[{"task_key": "a"}]),
    )
    assert made.warnings == (
        "settings.job.tasks[0].existing_cluster_id: that cluster runs already, so the image cannot be put on it",
    )
    words = at(fill(made, SCOPED), "tasks", 0, "spark_python_task", "parameters")
    assert isinstance(words, list)
    assert words[1:] == [*RUN, "my_model.train"]
    variables = json.loads(str(words[0]).removeprefix("--variables="))
    assert (variables["MLFLOW_RUN_ID"], variables["DRONE_ML_TASK"], variables["DRONE_ML_TASKS"]) == (
        "r-1",
        "a",
        "2",
    )
    assert json.loads(variables["DRONE_ML_CHAIN"])["branch"].startswith("it's {{")
    assert "{{" not in str(words[0])


def test_a_task_that_cannot_be_linked_is_named() -> None:
    notebook = train(
        task_key="n",
        new_cluster=None,
        spark_python_task=None,
        existing_cluster_id="c-1",
        notebook_task={"notebook_path": "/a"},
    )
    assert described(train(), notebook).warnings[1] == (
        "settings.job.tasks[1]: no variables can be set on its compute, and it does not start with ${bootstrap}; "
        "what it trains is not linked to the MLflow run"
    )


def test_the_repeated_task_of_a_loop_is_treated_as_any_other() -> None:
    made = described({"task_key": "loop", "for_each_task": {"inputs": "[1]", "task": train(task_key="one")}})
    cluster = at(made.body, "tasks", 0, "for_each_task", "task", "new_cluster")
    assert at(cluster, "docker_image", "url") == IMAGE
    assert at(cluster, "spark_env_vars", "DRONE_ML_TASK") == "one"
