"""Credentials that their vendors have published as examples: everybody has them.

They are kept as hashes, as a scan of this file would find them.
"""

from __future__ import annotations

import hashlib
import re

_SHA256 = frozenset(
    {
        "1a5d44a2dca19669",  # AWS documentation, access key id
        "78314b11be2e5815",  # AWS documentation, secret access key
        "c6ea27c534f993d3",  # AWS documentation, second access key id
        "e21b597ba6b9cafa",  # AWS documentation, its secret
        "2cafc0970149a84f",  # Stripe documentation, test key
        "f2d6ca16515033e5",  # Stripe documentation, old test key
        "b1471f544ceeea31",  # Stripe documentation, publishable key
        "0011cc25eb432071",  # Azurite and the Azure storage emulator
        "aa6547439583c3a2",  # Azure Cosmos DB emulator
        "7f75367e78812551",  # jwt.io, HS256
        "c794fa6d20c64efb",  # jwt.io, HS256, admin
        "da816f9f2c16e6c5",  # jwt.io, HS256, first edition
    }
)


def is_published(value: str) -> bool:
    """Whether the value, or a part of it as a connection string has them, is an example of its vendor's."""
    return any(_hash(part) in _SHA256 for part in {value, *_PART.split(value)})


_PART = re.compile(r"(?:^|[;&?])\w{1,40}=")


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:16]
