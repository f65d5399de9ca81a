"""A secret that a colour cuts is masked whole, also where a part of it is another secret."""

import random

import pytest

from drone_plugin import Redactor
from drone_plugin.cleaning import clean, uncoloured
from drone_plugin.redact import MASK

SHORT = "abcdefgh"
LONG = f"0123{SHORT}456789xyz"


@pytest.mark.parametrize("at", range(1, len(LONG)))
@pytest.mark.parametrize("control", ["\x1b[31m", "\x07", "\x1b[1;31m\x1b[4m"])
def test_a_cut_secret_with_another_inside_leaves_nothing_behind(at: int, control: str) -> None:
    redactor = Redactor()
    redactor.learn(SHORT)
    redactor.learn(LONG)

    assert uncoloured(clean(f"<{LONG[:at]}{control}{LONG[at:]}>", redactor)) == f"<{MASK}>"


def test_secrets_that_share_lines_are_masked_wherever_colours_stand() -> None:
    chance = random.Random(4)  # noqa: S311 - the same texts each time
    head = '"type": "service_account",'
    secrets = [f'{{{head} "key": "{chance.randbytes(40).hex()}"}}', f"{{\n  {head}\n  more\n}}"]
    redactor = Redactor()
    for secret in secrets:
        redactor.learn(secret)
    for _ in range(300):
        at = chance.randrange(1, len(secrets[0]))
        shown = clean(f"{secrets[0][:at]}\x1b[33m{secrets[0][at:]}", redactor)
        assert uncoloured(shown) == MASK
