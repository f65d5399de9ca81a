"""The doors that a step works through, opened with what its settings say and nothing of its environment."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from databricks_train.tracking.server import CLIENT_ENVIRONMENT, Tracking
from databricks_train.workspace.api import Workspace
from databricks_train.workspace.auth import login, token_session
from databricks_train.workspace.catalog import Catalog
from drone_plugin import isolate
from drone_plugin.certificates import open_trust
from drone_plugin.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks_train.settings import TrainSettings
    from drone_plugin import Step
    from drone_plugin.certificates import Trust
    from drone_plugin.environment import Environment


@dataclass(frozen=True)
class Connection:
    """A workspace and an MLflow server. Making one contacts neither."""

    workspace: Workspace
    catalog: Catalog
    tracking: Tracking
    trust: Trust


@contextmanager
def connect(step: Step[TrainSettings]) -> Iterator[Connection]:
    """The doors of a step. Raises SettingsError for certificates or credentials that are none."""
    settings, waiting = step.settings, Waiting(clock=step.clock)
    proxies = step.proxies()
    with open_trust(settings.ca_certificates, step.environment, step.workspace) as trust:
        variables = {
            **CLIENT_ENVIRONMENT,
            **settings.mlflow_login(settings.host, ""),
            **_direct(step.environment, settings.host, settings.mlflow_tracking_uri),
        }
        removed = isolate(variables, workspace=step.workspace)
        step.log.debug(f"removed from the environment: {', '.join(removed) or 'nothing'}")
        trust.set_for_libraries()
        with token_session(trust, proxies, waiting) as tokens:
            who = login(settings, tokens, step.clock, step.redactor.learn)

            def token() -> str:
                return who.headers()["Authorization"].partition(" ")[2]

            workspace = Workspace(settings.host, who, waiting)
            tracking = Tracking(
                settings.mlflow_tracking_uri,
                settings.registry_uri,
                clock=step.clock,
                warn=step.log.warning,
                databricks_token=token if settings.on_databricks else None,
            )
            yield Connection(workspace, Catalog(workspace.door), tracking, trust)


def _direct(environment: Environment, *addresses: str) -> dict[str, str]:
    """What keeps client libraries from sending requests without TLS through a proxy.

    It would read the credential in them, and a parameter of the build can name one.
    """
    plain = [urlsplit(address).hostname or "" for address in addresses if address.startswith("http://")]
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    listed = ",".join(filter(None, (given, *plain)))
    return dict.fromkeys(("no_proxy", "NO_PROXY"), listed) if plain else {}
