"""Tokens that are checked by taking them apart."""

from __future__ import annotations

from secret_scan.detectors import checksums
from secret_scan.detectors.base import Detector, Form

# Not `end`: a signature may be followed by anything.
_JWT = Form(
    "jwt",
    "JSON Web Token",
    r"eyJ[0-9A-Za-z_-]{10,4000}\.[0-9A-Za-z_-]{0,8000}\.[0-9A-Za-z_-]{16,4000}"
    r"(?:\.[0-9A-Za-z_-]{10,4000}){0,2}",
    ("eyj",),
    check=checksums.jwt,
    strict=True,
    end=r"(?![\w-])",
)


class JwtDetector(Detector):
    """Finds JSON Web Tokens. Without a signature it is none: detect-secrets takes two parts for a token."""


STRUCTURED = (JwtDetector(_JWT),)
