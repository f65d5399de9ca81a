"""The forms of the tokens, by who issues them.

Where nothing is said, the form is what the vendor documents, or what its tokens have been seen to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secret_scan.detectors.forms import ai, clouds, forges, messages, services, tools

if TYPE_CHECKING:
    from secret_scan.detectors.base import Form

FORMS: tuple[Form, ...] = (
    *forges.FORMS,
    *ai.FORMS,
    *clouds.FORMS,
    *messages.FORMS,
    *tools.FORMS,
    *services.FORMS,
)
