"""The key of a Google service account, as Google hands it out."""

import json
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

EMAIL = "robot@project.example"


@cache
def google_key() -> str:
    """A key that nobody else has, as JSON text; the address in it is not Google's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "client_email": EMAIL,
        "private_key": pem.decode(),
        "private_key_id": "1",
        "token_uri": "https://evil.example/token",
    }
    return json.dumps(account)
