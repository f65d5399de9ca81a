"""Why a request got no answer."""

from drone_plugin.http import reason as reason  # noqa: PLC0414 - handed on
