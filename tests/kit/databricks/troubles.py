"""The troubles that a client of Databricks meets, by name: `workspace.faults.add(bad_gateway(RUNS_GET))`."""

from typing import Final, Literal

from kit.databricks.faults import FOREVER, Fault
from kit.databricks.output import output_of
from kit.databricks.runs import Output
from kit.databricks.values import JsonObject

ANY: Final = "/api/*"
SUBMIT: Final = "/api/2.*/jobs/runs/submit"
RUN_NOW: Final = "/api/2.*/jobs/run-now"
RUNS_GET: Final = "/api/2.*/jobs/runs/get"
GET_OUTPUT: Final = "/api/2.*/jobs/runs/get-output"
CANCEL: Final = "/api/2.*/jobs/runs/cancel"
ME: Final = "/api/2.*/preview/scim/v2/Me"
IMPORT: Final = "/api/2.*/workspace/import"

BAD_GATEWAY: Final = "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"


def lost(path: str, *, applied: bool, times: int = 1, skip: int = 0) -> Fault:
    """The connection breaks, before or after the request was applied."""
    return Fault("*", path, "drop-after" if applied else "drop-before", times=times, skip=skip)


def throttled(path: str, *, times: int = 1, retry_after: str = "1", skip: int = 0) -> Fault:
    """429; `retry_after` is a number of seconds or an HTTP date, or empty."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    body: JsonObject = {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Too many requests."}
    return Fault("*", path, "status", status=429, times=times, skip=skip, headers=headers, body=body)


def bad_gateway(
    path: str,
    *,
    times: int = 1,
    lasting: float | None = None,
    skip: int = 0,
    status: int = 502,
    applied: bool = False,
) -> Fault:
    """An HTML page with an error, so often, or for so many seconds of the workspace's clock."""
    return Fault(
        "*",
        path,
        "status",
        status=status,
        times=times,
        lasting=lasting,
        skip=skip,
        body=BAD_GATEWAY,
        applied=applied,
    )


def unavailable(path: str, *, times: int = 1, lasting: float | None = None, skip: int = 0) -> Fault:
    """503 in the API's own form."""
    body: JsonObject = {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "The service is unavailable."}
    return Fault("*", path, "status", status=503, times=times, lasting=lasting, skip=skip, body=body)


def expired(*, after: int, times: int = FOREVER, path: str = ANY) -> Fault:
    """The token is refused from a call on; measured: 403 with the code as a number."""
    body: JsonObject = {"error_code": 403, "message": "Invalid access token."}
    return Fault("*", path, "status", status=403, times=times, skip=after, body=body)


def unknown_state(word: str = "HIBERNATING", *, times: int = 1, skip: int = 0) -> Fault:
    """A life-cycle state that no client knows."""

    def future(run: JsonObject) -> JsonObject:
        return {**run, "state": {"life_cycle_state": word}, "status": {"state": word}}

    return Fault("GET", RUNS_GET, "replace", times=times, skip=skip, replace=future)


def without(
    field: Literal["state", "status", "tasks", "run_page_url"], *, times: int = FOREVER, skip: int = 0
) -> Fault:
    """Answers of runs/get that lack a field."""

    def poorer(run: JsonObject) -> JsonObject:
        return {name: value for name, value in run.items() if name != field}

    return Fault("GET", RUNS_GET, "replace", times=times, skip=skip, replace=poorer)


def nasty_log(size: int = 6 * 1024 * 1024) -> Output:
    """A log as it is kept of one that was too long: cut, with what is no UTF-8 and with terminal escapes."""
    line = b"\x1b[2J\x1b]0;owned\x07epoch \xff\xfe 1 \x1b[31mloss\x1b[0m \r##[endgroup]\n"
    return output_of(line * (size // len(line)), None, 0)
