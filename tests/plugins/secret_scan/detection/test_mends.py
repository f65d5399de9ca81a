"""Each defect of detect-secrets that is mended here, by the number of its issue where it has one."""

import time

import pytest

from kit.secrets.draw import seeded
from kit.secrets.look import look, rules

draw = seeded(7)
GITHUB = draw.crc62("ghp_")
AWS = "AKIA" + draw.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)


@pytest.mark.parametrize(
    "line",
    [
        f'client = Client(token="{GITHUB}")',
        f'key = tokens["{GITHUB}"]',
        f'x = y["a"] or "{GITHUB}" # f()',
    ],
)
def test_a_token_in_a_call_or_beside_an_index_is_found(line: str) -> None:
    """857: `x = f(…)` takes the whole line from every plugin."""
    assert rules(line) == ["github-token"]


def test_a_key_id_in_a_call_is_found() -> None:
    """857."""
    assert rules(f's3 = boto3.client("s3", aws_access_key_id="{AWS}")') == ["aws-access-key"]


def test_the_value_is_the_whole_token() -> None:
    """858: the value is the group of the expression, `ghp`."""
    assert [seen.value for seen in look(f"t = '{GITHUB}'")] == [GITHUB]


@pytest.mark.parametrize("kind", ["RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
def test_two_private_keys_have_two_values(kind: str) -> None:
    """858: the value is `BEGIN RSA PRIVATE KEY`; encrypted ones are not known."""
    first, second = look(f"{draw.pem(kind)}\n\n{draw.pem(kind)}\n", "key.pem")
    assert (first.rule, first.line) == ("private-key", 1)
    assert first.value != second.value


def test_a_private_key_in_one_string_is_found_with_all_of_it() -> None:
    pem = draw.pem("PRIVATE KEY").replace("\n", "\\n")
    (seen,) = look(f'{{"private_key": "{pem}\\n"}}', "account.json")
    assert seen.rule == "private-key"
    assert len(seen.value) > 700


@pytest.mark.parametrize(
    "line",
    [
        "x" + " " * 60_000 + "= f(",
        '"' * 20_000,
        "password" * 8_000,
        "a:" * 30_000,
        "://" * 20_000,
        "eyJ" + "a." * 20_000,
    ],
)
def test_no_line_takes_long(line: str) -> None:
    """868: 800 spaces take 1.5 s."""
    begun = time.process_time()
    look(line, "a.conf")
    assert time.process_time() - begun < 3


def test_an_id_before_a_secret_does_not_hide_it() -> None:
    """608: `id` before a generic secret on the line lets it pass."""
    assert rules(f'user_id = 1; db_password = "{draw.alnum(14)}!"') == ["assigned-secret"]


def test_a_uuid_that_is_the_secret_is_found() -> None:
    """The filter of UUIDs hides an old npm token."""
    assert rules(f"//npm.example.com/:_authToken={draw.uuid()}", ".npmrc") == ["npm-auth-token"]


@pytest.mark.parametrize("text", ["task", "SKAC", "ACSK", "xAC"])
def test_a_piece_of_a_longer_string_is_no_twilio_key(text: str) -> None:
    """Its Twilio plugin has no boundary: a third of all its false findings."""
    assert "twilio-key" not in rules(f'x = "{text}{draw.hexa(64)}"')


def test_the_id_of_a_twilio_account_is_no_secret() -> None:
    assert rules(f"twilio_account: AC{draw.hexa(32)}", "a.yml") == []


def test_a_jwt_without_a_signature_is_none() -> None:
    head = draw.jwt().rpartition(".")[0]
    assert rules(f"x = {head}", "a.txt") == []


@pytest.mark.parametrize("name", ["styles.css", "uv.lock", "swagger.json", "app.js.map", "a.svg"])
def test_no_file_is_passed_over_for_its_name(name: str) -> None:
    """It skips what is called so, whatever is in it."""
    assert rules(f'"{GITHUB}"', name) == ["github-token"]


def test_a_date_that_is_none_is_only_text() -> None:
    """584: such a date in YAML ends the whole scan."""
    assert rules(f"date: 2021-99-99\ntoken: {GITHUB}", "a.yml") == ["github-token"]
