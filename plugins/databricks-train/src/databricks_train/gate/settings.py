"""What a model must reach before it is called `challenger`, and what is done instead of a training."""

from __future__ import annotations

import re
from typing import Final, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from drone_plugin import Settings, setting
from drone_plugin.names import nearest

_PERCENT: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*", re.ASCII)
_OTHER_NAMES: Final = {
    "minimum": "min",
    "threshold": "min` or `max",
    "maximum": "max",
    "relative": "min_relative_change",
    "min_absolute_change": "min_change",
    "greater_is_better": "higher_is_better",
}


class Threshold(BaseModel):
    """What one metric must reach, by the semantics of MLflow's `MetricThreshold`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

    min: float | None = None
    max: float | None = None
    min_change: float | None = Field(default=None, ge=0)
    """By how much it must be better than the champion's; 0 asks that it is not worse."""
    min_relative_change: float | None = Field(default=None, ge=0, le=1)
    """The same as a share of the champion's magnitude."""
    higher_is_better: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        if not isinstance(given, dict):
            raise ValueError("is not a map; write {min: 0.9}")  # noqa: TRY004 - pydantic takes no other error
        for name in given:
            if name not in cls.model_fields:
                meant = _OTHER_NAMES.get(str(name)) or nearest(str(name), cls.model_fields)
                raise ValueError(
                    f"has no key {str(name)[:40]!r}" + (f"; did you mean `{meant}`?" if meant else "")
                )
        return _shares_read(given)

    @field_validator("min_change", "min_relative_change", mode="wrap")
    @classmethod
    def _change(cls, value: object, handler: ValidatorFunctionWrapHandler) -> float | None:
        try:
            change: float | None = handler(value)
        except ValueError:
            raise ValueError("is neither a number from 0 on nor a share up to 100%") from None
        return change

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.min is None and self.max is None and not self.compares:
            raise ValueError("asks for nothing; give min, max or min_change")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("has a min above its max, which no value reaches")
        if self.compares and self.direction is None:
            raise ValueError("compares with the champion, so say higher_is_better: true or false")
        return self

    @property
    def compares(self) -> bool:
        """Whether it is a threshold against the champion, too."""
        return self.min_change is not None or self.min_relative_change is not None

    @property
    def direction(self) -> bool | None:
        """Whether higher is better: as said, else yes where there is a min alone, no where a max alone is."""
        if self.higher_is_better is not None:
            return self.higher_is_better
        if (self.min is None) == (self.max is None):
            return None
        return self.min is not None


def _shares_read(given: dict[object, object]) -> dict[object, object]:
    """`min_change: 1%` is `min_relative_change: 0.01`."""
    read = dict(given)
    for name in ("min_change", "min_relative_change"):
        text = given.get(name)
        share = _PERCENT.fullmatch(text) if isinstance(text, str) else None
        if share is None:
            continue
        if name == "min_change" and given.get("min_relative_change") is not None:
            raise ValueError("has two relative changes: min_change in per cent, and min_relative_change")
        read |= {name: None, "min_relative_change": float(share[1]) / 100}
    return read


class GateSettings(Settings):
    """The gate between a training and the alias."""

    thresholds: dict[str, Threshold] = setting(
        {},
        "What the metrics of the run must reach, by metric: `min`, `max`; `min_change`, by how much it must "
        "be better than that of the version which holds the alias `champion`, as a number or in per cent of "
        "it; `higher_is_better`. Not reached: exit code 3, and no alias moves.",
        example="{accuracy: {min: 0.9, min_change: 1%}, loss: {max: 0.5}}",
    )

    @property
    def directions(self) -> dict[str, bool]:
        """For each metric of which that is known, whether higher is better."""
        known = {name: threshold.direction for name, threshold in self.thresholds.items()}
        return {name: direction for name, direction in known.items() if direction is not None}


class AgainSettings(Settings):
    """What looks at an earlier training instead of asking for a new one."""

    reproduce: str = setting(
        "",
        "Train again exactly what was trained: a model version (`models:/name/3`, `models:/name@challenger`) "
        "or the id of an MLflow run. Image, specification, parameters and data versions are those of that "
        "run.",
        example="models:/main.ml.digits@challenger",
        max_length=512,
    )
    verify: str = setting(
        "",
        "Train nothing, and check the chain from this model version back to its commit.",
        example="models:/main.ml.digits@challenger",
        max_length=512,
    )
