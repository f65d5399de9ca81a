"""Who may call what: discovery, credentials, routes."""

import re
from collections.abc import Mapping

from kit.databricks.call import Call, Endpoint
from kit.databricks.errors import no_credential, no_such_endpoint, wrong_token
from kit.databricks.oauth import OAuth
from kit.databricks.record import Request
from kit.databricks.render import WORKSPACE_ID
from kit.databricks.values import JsonObject

WELL_KNOWN = "/.well-known/databricks-config"
_API = re.compile(r"/api/(2\.\d)(/.*)")
_VERSIONS = {"jobs": {"2.1", "2.2"}, "clusters": {"2.0", "2.1"}, "unity-catalog": {"2.1"}}


class Gateway:
    """The door of a workspace."""

    def __init__(
        self,
        host: str,
        tokens: Mapping[str, str],
        endpoints: Mapping[tuple[str, str], Endpoint],
        oauth: OAuth,
        *,
        well_known: bool,
    ) -> None:
        self._host = host
        self._tokens = dict(tokens)
        self._endpoints = endpoints
        self._oauth = oauth
        self._well_known = well_known

    def revoke(self, token: str) -> None:
        """Refuse a token from now on."""
        del self._tokens[token]

    def serve(self, request: Request) -> JsonObject:
        """The answer to a request.

        Raises:
            ApiError: no such endpoint, no right to it, or what the endpoint itself refuses.
        """
        if request.path == WELL_KNOWN and self._well_known:
            return {
                "oidc_endpoint": f"{self._host}/oidc",
                "account_id": "00000000-0000-4000-8000-000000000001",
                "workspace_id": str(WORKSPACE_ID),
                "cloud": "AWS",
            }
        granted = self._oauth.serve(request)
        if granted is not None:
            return granted
        found = _API.fullmatch(request.path)
        if found is None:
            raise no_such_endpoint(request.method, request.path)
        if request.bearer is None:
            raise no_credential()
        user = self._tokens.get(request.bearer) or self._oauth.user(request.bearer)
        if user is None:
            raise wrong_token()
        version, path = found[1], found[2]
        endpoint = self._endpoint(request.method, path)
        if endpoint is None or version not in _VERSIONS.get(path.split("/")[1], {"2.0"}):
            raise no_such_endpoint(request.method, path)
        return endpoint(Call(request, user))

    def _endpoint(self, method: str, path: str) -> Endpoint | None:
        """By the exact path, else by the longest of its beginnings that is served as `/beginning/*`."""
        above = [path.rsplit("/", count)[0] + "/*" for count in range(1, path.count("/"))]
        found = (self._endpoints.get((method, pattern)) for pattern in (path, *above))
        return next((endpoint for endpoint in found if endpoint), None)
