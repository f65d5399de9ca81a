"""The checksums and headers that tokens carry. Each fact with where it is from."""

from __future__ import annotations

import base64
import binascii
import json
import string
import zlib

from secret_scan.detectors.strength import is_words

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def github(token: str) -> bool:
    """GitHub's classic tokens, and npm's, end in the CRC32 of what follows the prefix, in base 62.

    GitHub's blog, 5 April 2021, "Behind GitHub's new authentication token formats"; npm's are the same.
    """
    body = token.partition("_")[2]
    return body[-6:] == base62_of_crc32(body[:-6])


def base62_of_crc32(text: str) -> str:
    """The six digits."""
    number, digits = zlib.crc32(text.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0")


def grafana(token: str) -> bool:
    """Grafana's end in the CRC32 of all before the last `_`, little end first, in hex.

    grafana pkg/components/satokengen/tokengen.go
    """
    head, _, tail = token.rpartition("_")
    return zlib.crc32(head.encode()).to_bytes(4, "little").hex() == tail.lower()


def age(token: str) -> bool:
    """Age's secret keys are Bech32 (BIP 173): the checksum of the whole, in its last six characters."""
    text = token.lower()
    prefix, _, data = text.rpartition("1")
    values = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    try:
        values += [_BECH32.index(letter) for letter in data]
    except ValueError:
        return False
    return _polymod(values) == 1


_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _polymod(values: list[int]) -> int:
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            state ^= generator if top >> bit & 1 else 0
    return state


def pypi(token: str) -> bool:
    """PyPI's are macaroons of version 2 whose first field is the location: the index, or the one for trials.

    warehouse's documentation, "Token scanning"; libmacaroons' format of version 2.
    """
    data = _decoded(token.removeprefix("pypi-"))
    return data.startswith(tuple(b"\x02\x01%c%b\x02" % (len(place), place) for place in _LOCATIONS))


_LOCATIONS = tuple(b"%b.org" % name for name in (b"pypi", b"test.pypi"))


def jwt(token: str) -> bool:
    """A JWT's first two parts are JSON objects, the first with `alg` (RFC 7515 and 7519).

    Of an encrypted one, which has five parts (RFC 7516), only the first can be read.
    """
    parts = token.split(".")
    header = _object(parts[0])
    return "alg" in header and (bool(_object(parts[1])) or len(parts) == _JWE)


_JWE = 5


def discord(token: str) -> bool:
    """A bot's token begins with its numeric id in base64 (Discord's reference, Authentication)."""
    return _decoded(token.partition(".")[0]).isdigit()


def sentry(token: str) -> bool:
    """An organisation's token of Sentry holds a JSON object with `url` (sentry's RFC 0091)."""
    return "url" in _object(token.removeprefix("sntrys_").partition("_")[0])


def azure_key(key: str) -> bool:
    """A key of Azure Storage is 64 bytes in base64."""
    return len(_decoded(key)) == 64  # noqa: PLR2004 - just said


def mixed(token: str) -> bool:
    """Whether small letters, capitals and digits all occur after the prefix, as in few names.

    No checksum: for forms that have next to nothing of their own.
    """
    body = token[2:]
    kinds = (str.isdigit, str.islower, str.isupper)
    return all(any(map(kind, body)) for kind in kinds) and not is_words(body)


def _decoded(text: str) -> bytes:
    text = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def _object(text: str) -> dict[str, object]:
    try:
        value = json.loads(_decoded(text))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
