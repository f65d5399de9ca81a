"""A bare client for tests (no retries, no types, every answer as it came), and bodies for it to send."""

from dataclasses import dataclass

import requests

from kit.databricks.server import TOKENS, Workspace
from kit.databricks.values import Json, JsonObject

TOKEN = next(iter(TOKENS))


@dataclass(frozen=True)
class Client:
    """Speaks to one workspace with one token; None sends no credential."""

    workspace: Workspace
    token: str | None = TOKEN

    def send(self, method: str, path: str, /, *, body: Json = None, **query: str | int) -> requests.Response:
        """One request to `path`, which begins after /api."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.workspace.url}/api{path}"
        return requests.request(method, url, params=query, json=body, headers=headers, timeout=30)

    def get(self, path: str, /, **query: str | int) -> JsonObject:
        """The object that a GET answers."""
        return _ok(self.send("GET", path, **query))

    def post(self, path: str, body: JsonObject) -> JsonObject:
        """The object that a POST answers."""
        return _ok(self.send("POST", path, body=body))

    def submit(self, body: JsonObject | None = None) -> int:
        """The id of a new run."""
        run_id = self.post("/2.2/jobs/runs/submit", body or submission())["run_id"]
        assert isinstance(run_id, int)
        return run_id

    def run(self, run_id: int) -> JsonObject:
        """What runs/get says."""
        return self.get("/2.2/jobs/runs/get", run_id=run_id)

    def refused(
        self, method: str, path: str, /, *, body: Json = None, **query: str | int
    ) -> tuple[int, Json, str]:
        """Status, error code and message of a request that must fail."""
        response = self.send(method, path, body=body, **query)
        assert not response.ok, response.text
        answer = response.json()
        return response.status_code, answer["error_code"], answer["message"]


def submission(*tasks: JsonObject, **fields: Json) -> JsonObject:
    """The body of a submission that a workspace accepts."""
    return {"run_name": "train", "tasks": [*(tasks or (task(),))], **fields}


def task(key: str = "train", image: str = "registry.example/train:1", **fields: Json) -> JsonObject:
    """One task with all that it needs."""
    return {
        "task_key": key,
        "spark_python_task": {"python_file": BOOTSTRAP},
        "new_cluster": cluster(image),
        **fields,
    }


def cluster(image: str = "registry.example/train:1", **fields: Json) -> JsonObject:
    """A one-node cluster that uses an image."""
    return {
        "spark_version": "15.4.x-scala2.12",
        "node_type_id": "i3.xlarge",
        "num_workers": 0,
        "data_security_mode": "SINGLE_USER",
        "docker_image": {"url": image},
        **fields,
    }


BOOTSTRAP = "/Workspace/Users/trainer@example.com/bootstrap.py"


def _ok(response: requests.Response) -> JsonObject:
    assert response.ok, response.text
    answer: JsonObject = response.json()
    return answer
