"""Whether the login may record a training: in its experiment, and as versions of its registered model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from databricks_train.tracking.door import MissingError
from databricks_train.tracking.opening import make_run
from databricks_train.workspace.errors import AbsentError
from drone_plugin import RefusedError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from databricks_train.tracking.server import Tracking
    from databricks_train.tracking.settings import TrackingSettings
    from databricks_train.workspace.rights import Rights

WRITING: Final = frozenset(
    {"CAN_EDIT", "CAN_MANAGE_STAGING_VERSIONS", "CAN_MANAGE_PRODUCTION_VERSIONS", "CAN_MANAGE"}
)
"""The levels with which a login may make versions of a model in a workspace's own registry."""
ALL: Final = frozenset({"ALL_PRIVILEGES"})


def check_experiment(settings: TrackingSettings, tracking: Tracking, rights: Rights) -> str:
    """Whether runs can be made in the experiment, or that it would be made; told for people.

    Who may write is known for certain only to who writes: an empty run is made, and deleted at once.
    Raises RefusedError and SettingsError with what has to be done.
    """
    name = settings.experiment
    experiment_id = tracking.find_experiment(name)
    if not experiment_id:
        return (
            _to_be_made(name, rights) if settings.on_databricks else "does not exist; the training makes it"
        )
    try:
        tracking.delete_run(make_run(tracking, experiment_id, "dry run", {}))
    except RefusedError as error:
        what = "the permission to edit it (on its page, under Permissions)"
        whom = "the login of this step" if settings.on_databricks else "the user of its mlflow_ settings"
        raise RefusedError(error.message, hint=f"give {whom} {what}") from None
    return f"exists (id {experiment_id}), and runs can be made in it"


def _to_be_made(name: str, rights: Rights) -> str:
    """On Databricks an experiment lies in a folder of the workspace, which nobody makes for it."""
    if not name.startswith("/"):
        raise SettingsError(
            f"settings.experiment: {name} is no path of the workspace",
            hint=f"write where it is to lie, as in experiment: /Shared/{name}",
        )
    folder = name.rstrip("/").rpartition("/")[0] or "/"
    if not rights.has_folder(folder):
        raise SettingsError(
            f"it does not exist, and the folder {folder} that it would be made in does not either",
            hint=f"databricks workspace mkdirs {folder}",
        )
    return f"does not exist; the training makes it in {folder}"


def check_model(settings: TrackingSettings, tracking: Tracking, rights: Rights) -> str:
    """Whether the login may make versions of the registered model, and move its aliases; told for people.

    Raises RefusedError with what has to be granted.
    """
    name = settings.registered_model_name
    if settings.in_catalog:
        return _in_catalog(name, rights)
    if settings.on_databricks:
        return _in_workspace(name, rights)
    try:
        tracking.registry.aliases(name)
    except MissingError:
        return "does not exist; the training makes it"
    return "exists; its server does not tell who may write to it"


def _in_workspace(name: str, rights: Rights) -> str:
    try:
        level = rights.level(name)
    except AbsentError:
        return "does not exist; the training makes it"
    if level not in WRITING:
        raise RefusedError(
            f"the login has {level or 'no permission'} on it, and needs CAN_EDIT",
            hint="give it the permission on the model's page, under Permissions",
        )
    return f"exists, and the login has {level}"


def _in_catalog(name: str, rights: Rights) -> str:
    schema = name.rpartition(".")[0]
    catalog = schema.partition(".")[0]
    lacks = [
        *_lacking(rights, "catalog", catalog, ["USE_CATALOG"]),
        *_lacking(rights, "schema", schema, ["USE_SCHEMA"]),
    ]
    try:
        owner = rights.owner("model", name)
    except AbsentError:
        lacks += _lacking(rights, "schema", schema, ["CREATE_MODEL"])
        _refuse(lacks, rights)
        return f"does not exist; the training makes it in {schema}"
    if owner not in rights.names():
        lacks += _lacking(rights, "model", name, ["MANAGE"], owned=False)
    _refuse(lacks, rights)
    return "exists, and the login may change it"


def _lacking(
    rights: Rights, kind: str, name: str, wanted: Iterable[str], *, owned: bool = True
) -> list[tuple[str, str, str]]:
    """What is not held of `wanted`: (privilege, kind, name). Who owns something holds all on it."""
    if owned and rights.owner(kind, name) in rights.names():
        return []
    held = rights.privileges(kind, name)
    return [(one, kind, name) for one in wanted if one not in held and not held & ALL]


def _refuse(lacks: list[tuple[str, str, str]], rights: Rights) -> None:
    if not lacks:
        return
    told = ", ".join(f"{privilege} on {kind} {name}" for privilege, kind, name in lacks)
    user = rights.user()
    grants = [
        f"GRANT {privilege.replace('_', ' ')} ON {kind.upper()} {name} TO `{user}`;"
        for privilege, kind, name in lacks
    ]
    raise RefusedError(f"Unity Catalog shows no {told} for {user}", hint="\n".join(grants))
