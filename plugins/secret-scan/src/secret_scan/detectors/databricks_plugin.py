"""Detectors of ours, beside those of detect-secrets: the credentials that this suite itself works with.

detect-secrets loads this file by its path. A regular expression may have no groups: one would become the
secret.
"""

from __future__ import annotations

import re

from detect_secrets.plugins.base import RegexBasedDetector


class DatabricksTokenDetector(RegexBasedDetector):
    """Personal access tokens (`dapi`), OAuth secrets of service principals (`dose`) and `dkea` tokens."""

    secret_type = "Databricks Token"  # noqa: S105 - its name
    denylist = (re.compile(r"(?<![\w-])(?:dapi|dkea|dose)[0-9a-f]{32}(?:-\d+)?(?![\w-])"),)
