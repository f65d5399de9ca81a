"""OAuth for machines: a service principal's id and secret are exchanged for a token that expires."""

import base64
import binascii
from collections.abc import Mapping
from http import HTTPStatus
from itertools import count
from threading import Lock
from urllib.parse import parse_qs

from kit.databricks.errors import ApiError
from kit.databricks.record import Request
from kit.databricks.values import Clock, JsonObject

METADATA = ("/oidc/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server")
TOKEN = "/oidc/v1/token"


class OAuthError(ApiError):
    """A refusal in OAuth's own words."""

    def body(self) -> JsonObject:
        """What the client reads."""
        return {"error": self.error_code, "error_description": self.message}


class OAuth:
    """The authorization server of a workspace.

    Args:
        host: the address of the workspace.
        secrets: the secret of each service principal, by its application id.
        lifetime: seconds that a token is good for.
        clock: what they are counted by.
    """

    def __init__(self, host: str, secrets: Mapping[str, str], lifetime: float, clock: Clock) -> None:
        self._host = host
        self._secrets = secrets
        self._lifetime = lifetime
        self._clock = clock
        self._lock = Lock()
        self._ids = count(1)
        self._issued: dict[str, tuple[str, float]] = {}

    def serve(self, request: Request) -> JsonObject | None:
        """The answer to a request that is OAuth's; None for others.

        Raises:
            ApiError: a grant that is refused.
        """
        if request.method == "GET" and request.path in METADATA:
            return {
                "issuer": f"{self._host}/oidc",
                "authorization_endpoint": f"{self._host}/oidc/v1/authorize",
                "token_endpoint": f"{self._host}{TOKEN}",
            }
        return self._grant(request) if (request.method, request.path) == ("POST", TOKEN) else None

    def user(self, token: str) -> str | None:
        """The application id of a token's owner; None for what is no token of this server.

        Raises:
            ApiError: the token has expired.
        """
        with self._lock:
            found = self._issued.get(token)
        if found is None:
            return None
        if self._clock.now() >= found[1]:
            raise ApiError(HTTPStatus.FORBIDDEN, 403, "Invalid Token")
        return found[0]

    def issued(self) -> int:
        """How many tokens there have been."""
        with self._lock:
            return len(self._issued)

    def _grant(self, request: Request) -> JsonObject:
        form = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        if form.get("grant_type") != "client_credentials":
            raise OAuthError(HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "Unsupported grant type")
        client_id, secret = _basic(request.authorization) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if not secret or self._secrets.get(client_id) != secret:
            raise OAuthError(HTTPStatus.UNAUTHORIZED, "invalid_client", "Client authentication failed")
        with self._lock:
            token = f"eyJhbGciOiJub25lIn0.{next(self._ids)}.of-the-stand-in"
            self._issued[token] = client_id, self._clock.now() + self._lifetime
        return {
            "access_token": token,
            "token_type": "Bearer",
            "scope": form.get("scope", "all-apis"),
            "expires_in": round(self._lifetime),
        }


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
