"""The engine: finds secrets in items, whatever these hold, in bounded time and memory."""

from secret_scan.engine.content import Unscannable
from secret_scan.engine.engine import Engine

__all__ = ["Engine", "Unscannable"]
