"""The client of Databricks' SDK without its services, of which nothing is used here.

`databricks.sdk` imports the typed classes of all of them, whatever of it is asked for: 35 MB of memory and
half a second. So its own code runs only when somebody asks for more than the client, as MLflow may.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["ApiClient", "Clock", "Config", "CredentialsStrategy"]

PARENT: Final = "databricks"
SDK: Final = f"{PARENT}.sdk"


@contextmanager
def _services_left_out() -> Iterator[None]:
    """Modules of the SDK that are imported in the block come alone.

    `importlib.util.LazyLoader` would run the package's code already for the first of them.
    """
    spec = None if SDK in sys.modules else find_spec(SDK)
    if spec is None:
        yield
        return
    package = sys.modules[SDK] = module_from_spec(spec)
    vars(sys.modules[PARENT])["sdk"] = package  # as an import does
    try:
        yield
    finally:
        vars(package)["__getattr__"] = _rest_of(package, spec)


def _rest_of(package: ModuleType, spec: ModuleSpec) -> Callable[[str], object]:
    """What is called for a name that the package has not: it runs the package's code, once."""

    def complete(name: str) -> object:
        if spec.loader is None or name.startswith("__"):
            raise AttributeError(name)
        del vars(package)["__getattr__"]
        spec.loader.exec_module(package)
        return getattr(package, name)

    return complete


with _services_left_out():
    from databricks.sdk.clock import Clock
    from databricks.sdk.core import ApiClient, Config
    from databricks.sdk.credentials_provider import CredentialsStrategy
