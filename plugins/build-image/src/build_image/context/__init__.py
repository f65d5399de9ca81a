"""The build context: what is sent to the engine, and what never is."""

from build_image.context.check import context_check
from build_image.context.context import DOCKERFILE_NAME, Context
from build_image.context.entries import Entry, Found, Kind
from build_image.context.key import input_key
from build_image.context.plan import plan_context

__all__ = [
    "DOCKERFILE_NAME",
    "Context",
    "Entry",
    "Found",
    "Kind",
    "context_check",
    "input_key",
    "plan_context",
]
