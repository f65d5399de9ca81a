"""Which workspace, and who asks there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pydantic import SecretStr, field_validator

from drone_plugin import Settings, setting

if TYPE_CHECKING:
    from collections.abc import Iterator

AuthType = Literal["pat", "oauth-m2m", "azure-client-secret", "google-credentials", "google-id"]

NEEDED: Final[dict[AuthType, tuple[str, ...]]] = {
    "pat": ("token",),
    "oauth-m2m": ("client_id", "client_secret"),
    "azure-client-secret": ("client_id", "client_secret", "azure_tenant_id"),
    "google-credentials": ("google_credentials",),
    "google-id": ("google_credentials", "google_service_account"),
}
"""The settings with which each way to log in works; the others mean nothing to it."""


class AuthSettings(Settings):
    """The workspace and the login."""

    host: str = setting(
        "",
        "The address of the Databricks workspace.",
        example="https://acme.cloud.databricks.com",
        required=True,
        pin=True,
        pattern=r"^$|^https?://[^/\s@?#]+/?$",
    )
    auth_type: AuthType = setting(
        "pat",
        "How the step logs in: `pat` by `token`; `oauth-m2m` as a Databricks service principal by "
        "`client_id` and `client_secret`; `azure-client-secret` as one of Entra ID, with `azure_tenant_id` "
        "besides; `google-credentials` as a Google service account; `google-id` as another one, "
        "`google_service_account`, for which that of `google_credentials` may create ID tokens.",
        example="oauth-m2m",
    )
    token: SecretStr = setting(SecretStr(""), "An access token of the workspace.", example="databricks_token")
    client_id: str = setting(
        "",
        "The application id of the service principal.",
        example="0f3a6c1e-2b47-4e0b-9d0c-5f6a7b8c9d0e",
        pattern=r"^[\w.-]*$",
    )
    client_secret: SecretStr = setting(
        SecretStr(""), "An OAuth secret of the service principal.", example="databricks_client_secret"
    )
    azure_tenant_id: str = setting(
        "",
        "The tenant of Entra ID that the service principal is in.",
        example="72f988bf-86f1-41af-91ab-2d7cd011db47",
        pattern=r"^[\w.-]*$",
    )
    google_credentials: SecretStr = setting(
        SecretStr(""), "The key of a Google service account, as JSON text.", example="google_key"
    )

    google_service_account: str = setting(
        "",
        "The Google service account that the step acts as.",
        example="trainer@my-project.iam.gserviceaccount.com",
        pattern=r"^$|^[\w.+-]+@[\w.-]+$",
    )

    @field_validator("host")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    def problems(self) -> Iterator[str]:
        """As the base's; and the settings of the chosen login are all there, those of others are not."""
        yield from super().problems()
        needed = NEEDED[self.auth_type]
        yield from (self._missing(name) for name in needed if not self._has(name))
        others = dict.fromkeys(name for names in NEEDED.values() for name in names if name not in needed)
        for name in others:
            if self._has(name):
                users = " or ".join(kind for kind, names in NEEDED.items() if name in names)
                yield f"settings.{name}: means nothing with auth_type: {self.auth_type}; it is for {users}"

    def _has(self, name: str) -> bool:
        value = getattr(self, name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)

    def _missing(self, name: str) -> str:
        return self.absence(name, f"is required with auth_type: {self.auth_type}")
