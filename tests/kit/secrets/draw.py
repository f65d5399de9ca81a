"""Random text of an alphabet, with the checksums that some tokens carry.

Written apart from the plugin's own, so that one's mistake is not the other's.
"""

from __future__ import annotations

import base64
import json
import string
import zlib
from random import Random

ALNUM = string.ascii_letters + string.digits
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE32 = string.ascii_uppercase + "234567"
URLSAFE = ALNUM + "-_"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def chance(seed: int | str) -> Random:
    """A source of chance that a seed names."""
    return Random(seed)  # noqa: S311 - planted, not used


def seeded(seed: int | str) -> Draw:
    """Draws that a seed names."""
    return Draw(chance(seed))


class Draw:
    """Draws from one source of chance, so that a seed names the whole set."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def of(self, alphabet: str, size: int) -> str:
        """So many letters of the alphabet, as a token has them: of every kind that the alphabet has."""
        while True:
            text = "".join(self.random.choices(alphabet, k=size))
            enough = size < _SHORT or len(set(text)) >= min(len(set(alphabet)), size) // 2
            if enough and _mixed(text, alphabet):
                return text

    def alnum(self, size: int) -> str:
        """Letters and digits."""
        return self.of(ALNUM, size)

    def hexa(self, size: int) -> str:
        """Small hex digits."""
        return self.of("0123456789abcdef", size)

    def digits(self, size: int) -> str:
        """Digits, the first no zero."""
        return str(self.random.randint(1, 9)) + "".join(self.random.choices(string.digits, k=size - 1))

    def upper(self, size: int) -> str:
        """Capitals and digits."""
        return self.of(string.ascii_uppercase + string.digits, size)

    def lower(self, size: int) -> str:
        """Small letters and digits."""
        return self.of(string.ascii_lowercase + string.digits, size)

    def urlsafe(self, size: int) -> str:
        """The alphabet of URL-safe base64; neither end is a sign."""
        return self.alnum(1) + self.of(URLSAFE, size - 2) + self.alnum(1)

    def base64(self, size: int) -> str:
        """So many random bytes in base64."""
        return base64.b64encode(self.random.randbytes(size)).decode()

    def uuid(self) -> str:
        """A random UUID."""
        return "-".join(self.hexa(size) for size in (8, 4, 4, 4, 12))

    def crc62(self, prefix: str) -> str:
        """A token of GitHub's making: thirty letters, and their CRC32 in six digits of base 62."""
        body = self.alnum(30)
        number, digits = zlib.crc32(body.encode()), []
        for _ in range(6):
            number, digit = divmod(number, 62)
            digits.append(BASE62[digit])
        return prefix + body + "".join(reversed(digits))

    def jwt(self) -> str:
        """A signed token of HS256."""
        parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": self.digits(9), "iss": self.lower(8)})
        return ".".join([*map(_part, parts), self.urlsafe(43)])

    def pypi(self) -> str:
        """A macaroon for the index of Python's packages."""
        location = b".".join((b"pypi", b"org"))
        head = b"\x02\x01%c%b\x02\x24" % (len(location), location) + self.uuid().encode()
        body = base64.urlsafe_b64encode(head + self.random.randbytes(90)).decode().rstrip("=")
        return f"pypi-{body}"

    def age(self) -> str:
        """A secret key of age: 32 bytes in Bech32, with its checksum (BIP 173)."""
        prefix, bits = "age-secret-key-", f"{int.from_bytes(self.random.randbytes(32)):0256b}0000"
        data = [int(bits[at : at + 5], 2) for at in range(0, 260, 5)]
        head = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
        state = _bech32([*head, *data, 0, 0, 0, 0, 0, 0]) ^ 1
        data += [state >> 5 * (5 - at) & 31 for at in range(6)]
        return (prefix + "1" + "".join(BECH32[each] for each in data)).upper()

    def pem(self, kind: str, lines: int = 12) -> str:
        """A private key in PEM, of no meaning."""
        rows = [self.base64(48) for _ in range(lines)]
        return "\n".join([f"-----BEGIN {kind}-----", *rows, f"-----END {kind}-----"])


_SHORT = 8


def _mixed(text: str, alphabet: str) -> bool:
    kinds = (str.isdigit, str.islower, str.isupper)
    wanted = [kind for kind in kinds if any(map(kind, alphabet))]
    return len(text) < _SHORT or all(any(map(kind, text)) for kind in wanted)


def _part(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def _bech32(values: list[int]) -> int:
    generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    state = 1
    for value in values:
        top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
        for at in range(5):
            state ^= generator[at] if top >> at & 1 else 0
    return state
