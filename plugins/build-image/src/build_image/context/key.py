"""The input key: one name for everything that an image is made of."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from build_image.context.context import Context

FORMAT: Final = "drone-ml/build-input/1"
"""To be raised whenever the same inputs come to make another image: no older one is found from then on."""


def input_key(
    context: Context,
    *,
    build_args: Mapping[str, str],
    secret_ids: Collection[str],
    target: str,
    platform: str,
    network: str,
    bases: Mapping[str, str],
    builder: str,
    reproducible: bool,
) -> str:
    """64 hexadecimal digits, equal for builds of which one can stand for the other.

    Of the context it covers paths, kinds, executable bits, links and contents, and no time, owner or other
    permission. `bases` are the digests of the images that the Dockerfile names, by their names; `secret_ids`
    the names of secrets, whose values a registry's visitor could otherwise try to guess.
    """
    key = _Key()
    key.record("format", FORMAT)
    key.record("dockerfile", context.dockerfile.text)
    key.record("target", target)
    key.record("platform", platform)
    key.record("network", network)
    key.record("builder", builder)
    key.record("reproducible", str(reproducible))
    for name, values in (("build arg", build_args), ("base", bases)):
        key.records(name, sorted(values.items()))
    key.records("secret", ((secret,) for secret in sorted(secret_ids)))
    key.records("ignored", ((str(pattern.exception), pattern.text) for pattern in context.ignored.patterns))
    for entry in context.entries:
        key.record("entry", entry.path, entry.kind, str(entry.mode), entry.link, entry.sha256.hex())
    return key.digest()


class _Key:
    """A digest of records, in which no two different lists of them look the same."""

    def __init__(self) -> None:
        self._digest = sha256()

    def record(self, *fields: str) -> None:
        """Add a record: the number of its fields, and each with its length in front."""
        parts = [field.encode("utf-8", "surrogateescape") for field in fields]
        framed = b"".join(b"%d:%s" % (len(part), part) for part in parts)
        self._digest.update(b"%d;%s" % (len(parts), framed))

    def records(self, name: str, rows: Iterable[tuple[str, ...]]) -> None:
        for row in rows:
            self.record(name, *row)

    def digest(self) -> str:
        return self._digest.hexdigest()
