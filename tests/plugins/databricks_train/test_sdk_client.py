"""The client of Databricks' SDK without its services, each time in a Python of its own."""

import subprocess
import sys

IMPORT = "import sys\nfrom databricks_train.workspace.client import Client\n"


def python(code: str) -> str:
    """What a new Python prints."""
    done = subprocess.run([sys.executable, "-c", IMPORT + code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_workspace_is_asked_without_the_services_of_the_sdk() -> None:
    assert python("print('databricks.sdk.service.jobs' in sys.modules)") == "False"


def test_mlflow_does_not_bring_them_either() -> None:
    code = "import databricks_train.train\nprint('databricks.sdk.service.jobs' in sys.modules)"
    assert python(code) == "False"


def test_who_asks_for_more_of_the_sdk_gets_it() -> None:
    code = """
from databricks.sdk import WorkspaceClient, core
from databricks.sdk.service import jobs
import databricks.sdk
print(WorkspaceClient.__name__, jobs.SubmitTask.__name__, databricks.sdk.core.Config is core.Config)
"""
    assert python(code).split() == ["WorkspaceClient", "SubmitTask", "True"]


def test_who_has_imported_all_of_it_keeps_it() -> None:
    code = "import databricks.sdk as all_of_it\nfrom databricks_train.workspace.sdk_client import Config\n"
    done = subprocess.run(
        [sys.executable, "-c", code + "print(all_of_it.WorkspaceClient.__name__, Config.__name__)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["WorkspaceClient", "Config"]


def test_a_name_that_the_sdk_has_not_is_missing() -> None:
    code = "import databricks.sdk as sdk\nprint(hasattr(sdk, '__nothing__'), hasattr(sdk, 'nothing'))"
    assert python(code) == "False False"
