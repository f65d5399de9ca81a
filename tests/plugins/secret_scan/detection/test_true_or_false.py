"""What is a secret, and what only stands where one would."""

import base64
from collections.abc import Callable

import pytest

from kit.secrets.draw import seeded
from kit.secrets.look import look, rules

draw = seeded(11)


def test_a_right_checksum_is_told() -> None:
    (seen,) = look(draw.crc62("ghp_"))
    assert "checksum or header is right" in seen.why


def test_a_wrong_checksum_is_told_and_still_a_finding() -> None:
    (seen,) = look("ghp_" + draw.alnum(36))
    assert "though its checksum is not right" in seen.why


def test_a_pypi_token_without_the_header_of_a_macaroon_is_none() -> None:
    assert rules("pypi-AgE" + draw.alnum(120)) == []


@pytest.mark.parametrize("make", [draw.age, draw.pypi, lambda: draw.crc62("npm_"), draw.jwt])
def test_checksums_and_headers_are_verified(make: Callable[[], str]) -> None:
    (seen,) = look(make())
    assert "is right" in seen.why


@pytest.mark.parametrize(
    "token",
    [
        "ghp_" + "x" * 36,
        "ghp_" + "1234567890" * 3 + "123456",
        "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
        "dapi" + "0123456789abcdef" * 2,
        "hf_" + "X" * 34,
        "sk_live_" + "YOURSECRETKEYGOESHERE1234",
        "AKIA" + "XXXXXXXXXXXXXXXX",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "xoxb-" + "123456789012-1234567890123-" + "abcdefghijklmnopqrstuvwx",
        (
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
            "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
            "SflKxwRJSMeKKF"
            "2QT4fwpMeJf36P"
            "Ok6yJV_adQssw5c"
        ),
        (
            "AccountName=devstoreaccount1;AccountKey="
            "Eby8vdM02xNOcqFl"
            "qUwJPLlmEtlCDXJ1"
            "OUzFT50uSRZ6IFsu"
            "Fq2UVErCz4I6tq/"
            "K1SZFPTOtr/"
            "KBHBeksoGMGw=="
        ),
    ],
)
def test_placeholders_and_the_examples_of_vendors_are_none(token: str) -> None:
    assert rules(f'token = "{token}"') == []


PASSWORD = draw.alnum(6) + "!" + draw.alnum(5)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", f'password = "{PASSWORD}"'),
        ("a.py", f"DB_PASSWORD: str = '{PASSWORD}'"),
        ("a.py", f'connect(user="joe", passwd="{PASSWORD}")'),
        ("a.py", f'password = os.environ.get("DB_PASSWORD", "{PASSWORD}")'),
        ("a.py", f'settings = {{"db_password": "{PASSWORD}"}}'),
        ("a.py", f'pw = SecretStr("x"); password = SecretStr("{PASSWORD}")'),
        ("a.js", f"const password = process.env.PW || '{PASSWORD}'"),
        ("a.go", f'dbPassword := "{PASSWORD}"'),
        ("a.java", f'private static final String DB_PASSWORD = "{PASSWORD}";'),
        (".env", f"DB_PASSWORD={PASSWORD}"),
        ("a.yml", f"password: {PASSWORD}"),
        ("a.yml", f"- name: DB_PASSWORD\n  value: {PASSWORD}"),
        ("a.ini", f"password = {PASSWORD}"),
        ("a.properties", f"spring.datasource.password={PASSWORD}"),
        ("a.sh", f"mysql --password={PASSWORD} -u root"),
        ("a.xml", f'<add key="DbPassword" value="{PASSWORD}" />'),
        ("a.xml", f"<password>{PASSWORD}</password>"),
        ("Dockerfile", f"ENV DB_PASSWORD={PASSWORD}"),
        ("a.yml", f"api_key: {draw.alnum(24)}"),
        ("a.py", f'API_KEY = "{draw.alnum(32)}"'),
        ("a.py", f'encryption_key = b"{draw.base64(32)}"'),
        ("", f"fix: the password was password={PASSWORD}"),
    ],
)
def test_a_value_that_its_name_gives_away_is_found(path: str, text: str) -> None:
    assert rules(text, path) == ["assigned-secret"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "password = get_password()"),
        ("a.py", 'password = "password"'),
        ("a.py", 'password = "changeme"'),
        ("a.py", 'password = os.environ["DB_PASSWORD"]'),
        ("a.py", 'password_field = "user-password-1"'),
        ("a.py", 'max_tokens = "4096 tokens"'),
        ("a.py", 'next_page_token="eyJpbmRleCI6IDExfQ=="'),
        ("a.py", 'token_url = "https://example.com/oauth2/token"'),
        ("a.py", 'secret_name = "prod-db-password-2024"'),
        ("a.py", 'API_KEY_HEADER = "X-Api-Key-V2"'),
        ("a.py", 'password = f"{prefix}-{suffix}9"'),
        ("a.py", 'tokenizer = "bert-base-uncased-v2"'),
        ("a.yml", "password: ${DB_PASSWORD}"),
        ("a.yml", "password: {{ vault_db_password }}"),
        ("a.yml", "password: !vault |"),
        ("a.yml", "password:\n  from_secret: registry_password"),
        ("a.yml", "password: {from_secret: registry_password}"),
        ("a.yml", "token: <your-token>"),
        ("a.yml", "secretName: tls-cert-2024"),
        ("a.yml", "password: ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:A=]"),
        ("a.yml", "key: /etc/ssl/private/server9.key"),
        ("a.tf", 'password = "${var.db_password}"'),
        ("a.tf", "password = var.db_password"),
        ("a.go", 'token := r.Header.Get("X-Token")'),
        (".env", "DB_PASSWORD="),
        (".env", "DB_PASSWORD=$(cat /run/secrets/db)"),
        (".env", "API_KEY=your-api-key-here"),
        ("uv.lock", f'hash = "sha256:{draw.hexa(64)}"'),
        ("package-lock.json", f'"integrity": "sha512-{draw.base64(64)}"'),
        ("sbom.json", f'"alg": "SHA-256",\n"content": "{draw.hexa(64)}"'),
        ("a.txt", f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{draw.alnum(200)} joe@host"),
        ("a.py", f'revision = "{draw.hexa(40)}"'),
        ("a.html", f'<img src="data:image/png;base64,{draw.base64(90)}">'),
        ("a.py", 'url = "postgresql://user:password@localhost:5432/db"'),
        ("a.py", 'url = "postgresql://{user}:{password}@{host}/db"'),
        ("a.sh", 'curl "https://$USER:$TOKEN@git.example.com/a.git"'),
        ("pip.conf", "index-url = https://__token__:${TOKEN}@pypi.example.com/simple"),
    ],
)
def test_what_only_looks_like_a_secret_is_none(path: str, text: str) -> None:
    assert rules(text, path) == []


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg2://app:{draw.alnum(12)}@db:5432/x",
        f"redis://:{draw.alnum(12)}@cache:6379/0",
        f"amqps://u:{draw.alnum(12)}@mq.internal/v",
        f"https://joe:{draw.alnum(20)}@git.internal/a.git",
        f"mongodb+srv://u:{draw.alnum(12)}@c.internal/x",
    ],
)
def test_the_password_of_an_address_is_found_and_nothing_else_of_it(url: str) -> None:
    (seen,) = look(f"url: {url}", "a.yml")
    assert seen.rule == "url-password"
    assert seen.value == url.rpartition("@")[0].rpartition(":")[2]


def test_the_password_of_a_connection_string_is_found() -> None:
    text = f'cs = "Server=tcp:db;User Id=app;Password={PASSWORD};Encrypt=true"'
    assert [seen.value for seen in look(text)] == [PASSWORD]


def test_a_login_of_a_registry_is_found() -> None:
    auth = base64.b64encode(f"joe:{PASSWORD}".encode()).decode()
    assert rules(f'{{"auths": {{"registry.internal": {{"auth": "{auth}"}}}}}}', "config.json") == [
        "docker-config-auth"
    ]


def test_a_random_string_without_a_name_is_found_where_it_is_quoted() -> None:
    assert rules(f'x = "{draw.base64(30)}"') == ["high-entropy-base64"]
    assert rules(f'x = "{draw.hexa(64)}"') == ["high-entropy-hex"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"curl -u joe:{PASSWORD} https://x.internal", "command-password"),
        (f"curl -s --user 'joe:{PASSWORD}' https://x.internal", "command-password"),
        (f"sshpass -p '{PASSWORD}' ssh x", "command-password"),
        (f"docker login -u x -p {PASSWORD} r.internal", "command-password"),
        (f"mysqldump -u root -p{PASSWORD} shop", "command-password"),
        (f"requirepass {PASSWORD}", "redis-password"),
        (f"wandb login {draw.hexa(40)}", "wandb-key"),
        (f'{{"kty":"EC","d":"{draw.urlsafe(43)}"}}', "private-web-key"),
        (f'requests.get(url, auth=("joe", "{PASSWORD}"))', "assigned-secret"),
    ],
)
def test_what_is_given_to_a_command_or_a_client_is_found(text: str, rule: str) -> None:
    assert rules(text, "run.sh") == [rule]


@pytest.mark.parametrize(
    "text",
    [
        'curl -u "$USER:$PASSWORD" https://x.internal',
        "curl -u joe:${TOKEN} https://x.internal",
        "docker login -u x -p $PASSWORD r.internal",
        "docker login -u x --password-stdin r.internal",
        "mysql -u root -p shop",
        "mysql --port 3306 -pSECRET",
        "sshpass -p <password> ssh x",
    ],
)
def test_a_variable_given_to_a_command_is_none(text: str) -> None:
    assert rules(text, "run.sh") == []
