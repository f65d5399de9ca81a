"""The workspace as a whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

from kit.address import free_port, host_name
from kit.databricks.book import RunBook
from kit.databricks.call import Endpoint
from kit.databricks.catalog import Catalog
from kit.databricks.clusters import Clusters
from kit.databricks.containers import Containers
from kit.databricks.errors import ApiError
from kit.databricks.faults import Faults
from kit.databricks.files import Files
from kit.databricks.gateway import Gateway
from kit.databricks.jobs import Driver, Jobs
from kit.databricks.machines import NODE_TYPES, SPARK_VERSIONS, Machines
from kit.databricks.misbehave import Misbehaving, json_reply
from kit.databricks.oauth import OAuth
from kit.databricks.permissions import Permissions, read_permissions
from kit.databricks.record import Request
from kit.databricks.render import WORKSPACE_ID
from kit.databricks.repair import Repairs
from kit.databricks.rules import Rules
from kit.databricks.runs import CANCELED, Ending, Run
from kit.databricks.saved import SavedJobs
from kit.databricks.script import Outcome, Script
from kit.databricks.spec import Cluster, parse
from kit.databricks.unity import Unity
from kit.databricks.values import Clock, JsonObject, SystemClock
from kit.databricks.wire import Reply, Server
from kit.engine import Engine

NO_MODELS: Final = Unity()
TOKENS: Final = {"dapi-of-the-test": "trainer@example.com"}


class Workspace:
    """A Databricks workspace on this machine, as far as one-time runs need one.

    With an engine, runs start the submitted image there; those that `script` tells the outcome of, and all of
    them without an engine, run nowhere and take no time.

    Args:
        engine: where containers run.
        tokens: the tokens that are accepted, with the user or service principal that each belongs to.
        principals: the secret of each service principal that may ask for tokens, by its application id.
        token_lifetime: seconds of the clock that such a token is good for.
        secrets: by scope and key, what `{{secrets/scope/key}}` refers to.
        clusters: the clusters that are always on, by id.
        permissions: who may do what with which object; without a word about one, everybody manages it.
        unity: the registered models, and who may do what with them; none without it.
        node_types: the machines that a cluster may ask for.
        spark_versions: the runtimes that a cluster may ask for.
        network: the engine's network that containers join.
        extra_hosts: names that containers know, besides this machine's.
        grace: seconds between SIGTERM and SIGKILL for a container that is stopped; 0 kills at once.
        clock: the time that runs without a container go by, and the one that is shown.
        well_known: whether the SDK's discovery call finds anything.
        port: where it listens; a free one if 0.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        *,
        tokens: Mapping[str, str] = TOKENS,
        principals: Mapping[str, str] | None = None,
        token_lifetime: float = 3600.0,
        secrets: Mapping[str, Mapping[str, str]] | None = None,
        clusters: Mapping[str, JsonObject] | None = None,
        permissions: Permissions | None = None,
        unity: Unity = NO_MODELS,
        node_types: Sequence[str] = NODE_TYPES,
        spark_versions: Sequence[str] = SPARK_VERSIONS,
        network: str = "bridge",
        extra_hosts: Mapping[str, str] | None = None,
        grace: int = 2,
        clock: Clock | None = None,
        well_known: bool = True,
        port: int = 0,
    ) -> None:
        self.url = f"http://{host_name()}:{port or free_port()}"
        self._bugs: list[Exception] = []
        self._book = RunBook(clock or SystemClock())
        self.faults = Faults(self._book.clock, self._book.phase)
        self._misbehaving = Misbehaving(self.faults, self._serve)
        self._script = Script(self._book)
        self._files = Files([*tokens.values(), *(principals or {})])
        existing = clusters or {}
        self._oauth = OAuth(self.url, principals or {}, token_lifetime, self._book.clock)
        self._gateway = Gateway(
            self.url,
            tokens,
            {
                **self._jobs(Rules(frozenset(node_types), frozenset(spark_versions))),
                **Machines(self._book, node_types, spark_versions, existing).endpoints(),
                **Catalog(self._files, secrets or {}, unity).endpoints(),
                **unity.endpoints(),
                ("GET", "/permissions/*"): lambda call: read_permissions(call, permissions or {}),
            },
            self._oauth,
            well_known=well_known,
        )
        self._clusters: Clusters | None = None
        if engine:
            self._clusters = Clusters(
                book=self._book,
                files=self._files,
                containers=Containers(engine.client(), self.url, network, extra_hosts or {}),
                secrets=secrets or {},
                existing={key: parse(Cluster, spec) for key, spec in existing.items()},
                host=self.url,
                grace=grace,
                on_bug=self._bugs.append,
            )
        self._server: Server | None = None

    def __enter__(self) -> Self:
        port = int(self.url.rpartition(":")[2])
        self._server = Server(port, self._misbehaving.answer, self._book.clock.now)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._misbehaving.close()
        if self._server:
            self._server.close()
        if self._clusters:
            self._clusters.close()
        if self._bugs and error is None:
            raise ExceptionGroup("the stand-in failed", self._bugs)

    @property
    def requests(self) -> list[Request]:
        """All requests so far, oldest first."""
        return self._misbehaving.record.snapshot()

    def submissions(self) -> list[JsonObject]:
        """The bodies of the requests that asked for a run, whatever became of them."""
        return [request.json() for request in self._misbehaving.record.to("POST", "/jobs/runs/submit")]

    def runs(self) -> list[Run]:
        """Every run that there has been, deleted ones included, oldest first."""
        return self._book.ever()

    def runs_by_token(self) -> dict[str, int]:
        """How many runs each idempotency token has started: none more than one, or the server is wrong."""
        return dict(Counter(run.submission.idempotency_token for run in self.runs()))

    def tokens_issued(self) -> int:
        """How many times somebody was granted a token by OAuth."""
        return self._oauth.issued()

    def stop(self, run_id: int, ending: Ending = CANCELED) -> None:
        """End a run from outside, as a user, a time limit or the loss of its cluster does."""
        with self._book.change():
            run = self._book.run(run_id)
            if run.ending is None:
                self._driver(run).stop(run, ending)

    def forget(self, run_id: int) -> None:
        """Delete a run, whatever its state."""
        with self._book.change():
            self._book.forget(run_id)

    def script(self, *outcomes: Outcome) -> None:
        """Say what becomes of the next runs."""
        self._script.add(*outcomes)

    def revoke(self, token: str) -> None:
        """Refuse a token from now on."""
        self._gateway.revoke(token)

    @property
    def phase(self) -> str:
        """The life-cycle state of the newest run; nothing before there is one."""
        return self._book.phase()

    def asked(self, path: str) -> bool:
        """Whether there was a request whose path ends so."""
        return any(request.path.endswith(path) for request in self.requests)

    def wait_for(self, run_id: int, state: str = "", seconds: float = 120) -> None:
        """Wait until a task of a run has reached a life-cycle state; without one, until the run has ended.

        Raises:
            TimeoutError: it did not get there.
        """

        def reached() -> bool:
            run = self._book.run(run_id)
            return run.ending is not None or any(state in attempt.entered for attempt in run.attempts)

        if not self._book.wait(reached, seconds):
            raise TimeoutError(f"run {run_id} is not {state or 'over'} after {seconds} s")

    def _jobs(self, rules: Rules) -> dict[tuple[str, str], Endpoint]:
        return {
            **Jobs(self._book, rules, self.url, self._driver).endpoints(),
            **SavedJobs(self._book, rules, self._driver).endpoints(),
            **Repairs(self._book, self._driver).endpoints(),
        }

    def _driver(self, run: Run) -> Driver:
        """Who drives a run, or will drive it when it is new."""
        told = self._script.knows(run) or self._script.has_next
        if self._clusters and (self._clusters.knows(run) or not told):
            return self._clusters
        return self._script

    def _serve(self, request: Request) -> Reply:
        try:
            return _json(HTTPStatus.OK, self._gateway.serve(request))
        except ApiError as error:
            return _json(error.status, error.body())
        except Exception as error:  # noqa: BLE001 - a bug of this server: told to the client, and to the test at the end
            self._bugs.append(error)
            body: JsonObject = {"error_code": "INTERNAL_ERROR", "message": f"bug of the stand-in: {error!r}"}
            return _json(HTTPStatus.INTERNAL_SERVER_ERROR, body)


def _json(status: int, body: JsonObject) -> Reply:
    return json_reply(status, body, **{"X-Databricks-Org-Id": str(WORKSPACE_ID)})
