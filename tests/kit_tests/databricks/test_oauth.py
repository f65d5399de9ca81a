from collections.abc import Iterator

import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

from kit.databricks.client import Client
from kit.databricks.server import Workspace
from kit.databricks.values import ManualClock

ROBOT = "6c3a1f0e-0000-4000-8000-00000000cafe"
SECRET = "dose-of-the-test"


@pytest.fixture
def guarded(workspace_clock: ManualClock) -> Iterator[Workspace]:
    with Workspace(clock=workspace_clock, principals={ROBOT: SECRET}, token_lifetime=600) as served:
        yield served


def grant(workspace: Workspace, secret: str = SECRET, **form: str) -> requests.Response:
    body = {"grant_type": "client_credentials", "scope": "all-apis", **form}
    return requests.post(f"{workspace.url}/oidc/v1/token", data=body, auth=(ROBOT, secret), timeout=5)


def test_a_service_principal_gets_a_token_that_is_its_own(guarded: Workspace) -> None:
    answer = grant(guarded).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 600)
    me = Client(guarded, answer["access_token"]).get("/2.0/preview/scim/v2/Me")
    assert me["userName"] == ROBOT
    assert "emails" not in me


def test_a_token_expires_and_another_can_be_had(guarded: Workspace, workspace_clock: ManualClock) -> None:
    token = grant(guarded).json()["access_token"]
    workspace_clock.sleep(599)
    run_id = Client(guarded, token).submit()
    workspace_clock.sleep(1)
    told = Client(guarded, token).refused("GET", "/2.2/jobs/runs/get", run_id=run_id)
    assert told == (403, 403, "Invalid Token")
    run = Client(guarded, grant(guarded).json()["access_token"]).run(run_id)
    assert run["creator_user_name"] == ROBOT
    assert guarded.tokens_issued() == 2


@pytest.mark.parametrize(
    ("secret", "form", "error"),
    [
        ("wrong", {}, "invalid_client"),
        ("", {}, "invalid_client"),
        (SECRET, {"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_grant_is_refused_in_the_words_of_oauth(
    guarded: Workspace, secret: str, form: dict[str, str], error: str
) -> None:
    answer = grant(guarded, secret, **form)
    assert not answer.ok
    assert answer.json()["error"] == error


def test_the_sdk_finds_its_way_to_a_token(guarded: Workspace) -> None:
    config = Config(host=guarded.url, client_id=ROBOT, client_secret=SECRET, auth_type="oauth-m2m")
    assert WorkspaceClient(config=config).current_user.me().user_name == ROBOT
    assert [request.path for request in guarded.requests] == [
        "/.well-known/databricks-config",
        "/oidc/.well-known/oauth-authorization-server",
        "/oidc/v1/token",
        "/api/2.0/preview/scim/v2/Me",
    ]


def test_permissions_of_an_object_are_told_to_whoever_may_ask() -> None:
    granted = {"experiments/1": {"trainer@example.com": "CAN_READ", ROBOT: "CAN_EDIT"}}
    with Workspace(permissions=granted) as workspace:
        told = Client(workspace).get("/2.0/permissions/experiments/1")
        assert str(told).count("CAN_") == 2
        assert "service_principal_name" in str(told)
        assert "CAN_MANAGE" in str(Client(workspace).get("/2.0/permissions/jobs/7"))
