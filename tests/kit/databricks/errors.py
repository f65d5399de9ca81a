"""The refusals of a Databricks workspace, with the texts that real ones were seen to send."""

from dataclasses import dataclass
from http import HTTPStatus

from kit.databricks.values import JsonObject


@dataclass
class ApiError(Exception):
    """An answer other than 200. The code is a number where the real one is (401 and 403 of the gateway)."""

    status: HTTPStatus
    error_code: str | int
    message: str

    def body(self) -> JsonObject:
        """What the client reads."""
        return {"error_code": self.error_code, "message": self.message}


def invalid_parameter(message: str) -> ApiError:
    """The refusal of a request that was understood and is wrong."""
    return ApiError(HTTPStatus.BAD_REQUEST, "INVALID_PARAMETER_VALUE", message)


def malformed(message: str) -> ApiError:
    """The refusal of a body that cannot be read as what the endpoint expects."""
    return ApiError(HTTPStatus.BAD_REQUEST, "MALFORMED_REQUEST", message)


def missing(message: str) -> ApiError:
    """The refusal to read or change what is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", message)


def no_such_endpoint(method: str, path: str) -> ApiError:
    """The real text leaves out the API's version."""
    return ApiError(HTTPStatus.NOT_FOUND, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {path}'")


def no_such_run(run_id: int) -> ApiError:
    """Measured: 400, which the SDK turns into ResourceDoesNotExist by this text."""
    return invalid_parameter(f"Run {run_id} does not exist.")


def no_credential() -> ApiError:
    """The gateway's answer to a request without a bearer token."""
    message = (
        "Credential was not sent or was of an unsupported type for this API. "
        "[ReqId: 3bbb6628-4c9c-4a41-8236-1813f30c8c88]"
    )
    return ApiError(HTTPStatus.UNAUTHORIZED, 401, message)


def wrong_token() -> ApiError:
    """The gateway's answer to a token that it does not know (any more)."""
    return ApiError(HTTPStatus.FORBIDDEN, 403, "Invalid access token.")
