import base64

import pytest

from kit.databricks.client import TOKEN, Client
from kit.databricks.server import Workspace

FOLDER = "/Workspace/Users/trainer@example.com"


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(workspace)


def test_a_request_without_a_token_is_not_authenticated(workspace: Workspace) -> None:
    status, code, message = Client(workspace, token=None).refused("GET", "/2.0/preview/scim/v2/Me")
    assert (status, code) == (401, 401)
    assert message.startswith("Credential was not sent or was of an unsupported type for this API.")


def test_a_wrong_token_is_forbidden(workspace: Workspace) -> None:
    answer = Client(workspace, token="dapi-wrong").refused("POST", "/2.2/jobs/runs/submit", body={})
    assert answer == (403, 403, "Invalid access token.")


def test_a_token_can_expire_in_the_middle(client: Client) -> None:
    client.workspace.revoke(TOKEN)
    assert client.refused("GET", "/2.2/jobs/runs/list")[0] == 403


@pytest.mark.parametrize(
    "path", ["/2.2/nothing", "/2.2/workspace/list", "/1.2/jobs/runs/list", "/2.0/jobs/runs/list"]
)
def test_an_unknown_endpoint_or_version_is_not_found(client: Client, path: str) -> None:
    status, code, message = client.refused("GET", path)
    assert (status, code) == (404, "ENDPOINT_NOT_FOUND")
    assert message.startswith("No API found for 'GET /")


def test_the_older_version_of_the_jobs_api_is_served_too(client: Client) -> None:
    assert client.get("/2.1/jobs/runs/list") == {"has_more": False}


def test_me_is_the_owner_of_the_token(client: Client) -> None:
    assert client.get("/2.0/preview/scim/v2/Me")["userName"] == "trainer@example.com"


def test_an_imported_file_is_read_back(client: Client) -> None:
    path = f"{FOLDER}/.drone-ml/bootstrap.py"
    client.post("/2.0/workspace/mkdirs", {"path": f"{FOLDER}/.drone-ml"})
    content = base64.b64encode(b"print(1)").decode()
    client.post("/2.0/workspace/import", {"path": path, "format": "AUTO", "content": content})
    status = client.get("/2.0/workspace/get-status", path=path)
    assert (status["object_type"], status["path"]) == ("FILE", path.removeprefix("/Workspace"))
    assert client.get("/2.0/workspace/export", path=path)["content"] == content


def test_an_import_into_a_folder_that_is_not_there_fails(client: Client) -> None:
    answer = client.refused(
        "POST", "/2.0/workspace/import", body={"path": "/Views/a.py", "format": "AUTO", "content": "eA=="}
    )
    assert answer == (404, "RESOURCE_DOES_NOT_EXIST", "The parent folder (/Views) does not exist.")


def test_an_import_overwrites_only_when_told(client: Client) -> None:
    body = {"path": f"{FOLDER}/a.py", "format": "AUTO", "content": "eA=="}
    client.post("/2.0/workspace/import", {**body})
    assert client.refused("POST", "/2.0/workspace/import", body={**body})[:2] == (
        400,
        "RESOURCE_ALREADY_EXISTS",
    )
    client.post("/2.0/workspace/import", {**body, "overwrite": True})


def test_an_import_as_source_makes_a_notebook(client: Client) -> None:
    path = f"{FOLDER}/a.py"
    body = {"path": path, "format": "SOURCE", "language": "PYTHON", "content": "eA=="}
    client.post("/2.0/workspace/import", {**body})
    assert client.get("/2.0/workspace/get-status", path=path)["object_type"] == "NOTEBOOK"


def test_a_folder_with_content_is_deleted_only_recursively(client: Client) -> None:
    client.post("/2.0/workspace/mkdirs", {"path": f"{FOLDER}/a/b"})
    body = {"path": f"{FOLDER}/a"}
    assert client.refused("POST", "/2.0/workspace/delete", body={**body})[:2] == (400, "DIRECTORY_NOT_EMPTY")
    client.post("/2.0/workspace/delete", {**body, "recursive": True})
    assert client.refused("GET", "/2.0/workspace/get-status", path=f"{FOLDER}/a/b")[:2] == (
        404,
        "RESOURCE_DOES_NOT_EXIST",
    )


def test_a_scope_tells_its_keys_and_never_its_values() -> None:
    with Workspace(secrets={"registry": {"password": "hunter2"}}) as workspace:
        response = Client(workspace).send("GET", "/2.0/secrets/list", scope="registry")
        assert response.json()["secrets"][0]["key"] == "password"
        assert "hunter2" not in response.text
        answer = Client(workspace).refused("GET", "/2.0/secrets/list", scope="other")
        assert answer == (404, "RESOURCE_DOES_NOT_EXIST", "Scope other does not exist!")
