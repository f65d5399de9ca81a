"""Detectors of one's own for the hook and the audit: the value of the step's setting, in a file of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from drone_plugin.errors import SettingsError
from drone_plugin.scalars import printable
from secret_scan.accepted.reading import regular_content
from secret_scan.custom import CustomDetector, custom_detectors

if TYPE_CHECKING:
    from pathlib import Path

    from secret_scan.detectors import Detector

LARGEST: Final = 1 << 20
"""Bytes of such a file."""


def detectors_of_file(folder: Path, name: str) -> tuple[Detector, ...]:
    """The detectors of the file; none without a name.

    It is data alone, judged as the setting is: an expression that can take very long is refused. Raises
    SettingsError with all that is wrong, never quoting what stands in the file.
    """
    if not name:
        return ()
    content = regular_content(folder / name, LARGEST + 1)
    shown = printable(name)
    if content is None:
        raise SettingsError(f"--detectors {shown}: there is no such file, or it cannot be read")
    if len(content) > LARGEST:
        raise SettingsError(f"--detectors {shown}: it is larger than {LARGEST >> 20} MiB")
    try:
        return custom_detectors(TypeAdapter(tuple[CustomDetector, ...]).validate_json(content))
    except ValidationError as error:
        raise SettingsError([f"--detectors {shown}: {_said(one)}" for one in _errors(error)]) from None
    except ValueError as error:
        raise SettingsError(f"--detectors {shown}: {error}") from None


def _errors(error: ValidationError) -> list[tuple[str, str]]:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [(".".join(map(str, one["loc"])), one["msg"]) for one in found]


def _said(error: tuple[str, str]) -> str:
    place, message = error
    message = message.removeprefix("Value error, ")
    return printable(f"{place}: {message}" if place else message)
