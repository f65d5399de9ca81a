"""An authenticated request, as the endpoints see it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy

from kit.databricks.errors import invalid_parameter, malformed
from kit.databricks.record import Request
from kit.databricks.values import Json, JsonObject


@dataclass(frozen=True)
class Call:
    """A request and who sent it. Parameters come from the query or the body, whichever the endpoint reads."""

    request: Request
    user: str

    def body(self) -> JsonObject:
        """The JSON object of a POST.

        Raises:
            ApiError: MALFORMED_REQUEST.
        """
        try:
            body: Json = json.loads(self.request.body or b"{}")
        except ValueError:
            raise malformed(
                "Invalid JSON given in the body of the request - failed to parse given JSON"
            ) from None
        if not isinstance(body, dict):
            raise malformed("Invalid JSON given in the body of the request - expected a map")
        return body

    def form(self) -> dict[str, str | bytes]:
        """The parts of a multipart body; those with a file name stay bytes."""
        head = f"Content-Type: {self.request.headers['content-type']}\r\n\r\n".encode()
        message = message_from_bytes(head + self.request.body, policy=policy.HTTP)
        parts: dict[str, str | bytes] = {}
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            assert isinstance(name, str)
            assert isinstance(content, bytes)
            parts[name] = content if part.get_filename() else content.decode()
        return parts

    def text(self, name: str, default: str | None = None) -> str:
        """A parameter of the query.

        Raises:
            ApiError: it is required, and not there.
        """
        value = self.request.query.get(name, default)
        if value is None:
            raise invalid_parameter(f"Missing required field: {name}")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number of the query.

        Raises:
            ApiError: not there though required, or not a number.
        """
        text = self.text(name, None if default is None else str(default))
        try:
            return int(text)
        except ValueError:
            raise invalid_parameter(f"Invalid value for {name}: '{text}' is not a number.") from None

    def flag(self, name: str) -> bool:
        """A boolean of the query; absent is false."""
        return self.text(name, "false").lower() == "true"

    def run_id(self) -> int:
        """The run that the body of a POST is about."""
        value = self.body().get("run_id")
        if not isinstance(value, int):
            raise invalid_parameter("Missing required field: run_id")
        return value


Endpoint = Callable[[Call], JsonObject]
