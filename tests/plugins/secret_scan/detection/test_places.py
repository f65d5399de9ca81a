"""A name and its value in the languages, files and commands in which they stand."""

import json

import pytest

from kit.secrets.draw import seeded
from kit.secrets.look import look, rules

draw = seeded(29)
KEY = draw.alnum(32)
PASSWORD = draw.alnum(7) + "!" + draw.alnum(4)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.rs", f'pub const API_KEY: &str = "{KEY}";'),
        ("a.rs", f'static API_KEY: &\'static str = "{KEY}";'),
        ("a.swift", f'let apiKey: String? = "{KEY}"'),
        ("a.rb", f"ENV['API_KEY'] ||= '{KEY}'"),
        ("a.js", f"options.apiKey ??= '{KEY}'"),
        ("Makefile", f"API_KEY ?= {KEY}"),
        ("a.py", f'if request.headers.get("X-Api-Key") == "{KEY}":'),
        ("a.tf", f'variable "api_key" {{\n  default = "{KEY}"\n}}'),
        ("core-site.xml", f"<name>fs.s3a.secret.key</name>\n<value>{KEY}</value>"),
        ("Info.plist", f"  <key>ApiKey</key>\n  <string>{KEY}</string>"),
        ("a.yml", f"env: [{{name: DB_PASSWORD, value: {PASSWORD}}}]"),
        ("task.json", f'{{"name": "DB_PASSWORD", "value": "{PASSWORD}"}}'),
        ("application.yml", f"password: ${{DB_PASSWORD:{PASSWORD}}}"),
        ("compose.yml", f"      - DB_PASSWORD=${{DB_PASSWORD:-{PASSWORD}}}"),
        ("A.java", f'@Value("${{app.api-key:{KEY}}}")'),
        ("Dockerfile", f"ENV API_KEY {KEY}"),
        ("a.fish", f"set -gx API_KEY {KEY}"),
        ("a.csh", f"setenv API_KEY '{KEY}'"),
        ("a.bat", f'setx API_KEY "{KEY}"'),
        ("a.sh", f"pulumi config set api_key {KEY}"),
        ("a.sh", f"curl -H 'X-Api-Key: {KEY}' https://api.internal"),
        ("a.py", f'session.headers["X-Custom"] = "api_key={KEY}; v=1"'),
        ("a.py", f'connect("host=db user=app password={PASSWORD} dbname=app")'),
        ("a.py", f'get("https://api.internal/v1?limit=5&api_key={KEY}")'),
        ("a.md", f"open https://api.internal/v1?access_token={KEY}&x=1 in a browser"),
        ("a.py", f'parser.add_argument("--api-key", type=str, help="of the service", default="{KEY}")'),
        ("a.py", f'@click.option("--password", default="{PASSWORD}")'),
        ("a.py", f"# the old api_key: {KEY}"),
        ("a.py", f'TEMPLATE = """\nAPI_KEY={KEY}\n"""'),
        ("a.log", f"12:00 login with password={PASSWORD}"),
        ("wpa.conf", f'psk="{PASSWORD}"'),
        ("a.py", f'consumer_key = "{KEY}"'),
        ("a.py", f'headers = {{"Authorization": "{KEY}"}}'),
    ],
)
def test_it_is_found_once_and_nothing_around_it(path: str, text: str) -> None:
    assert [seen.value for seen in look(text, path)] == [KEY if KEY in text else PASSWORD]


@pytest.mark.parametrize("word", ["Token", "ApiKey", "SSWS", "GenieKey", "Splunk", "token"])
def test_a_token_behind_the_word_of_its_service_is_found(word: str) -> None:
    assert rules(f'headers = {{"Authorization": "{word} {KEY}"}}') == ["authorization-token"]


@pytest.mark.parametrize(
    "line", [f"API_KEY={KEY}", f"os.environ: {{'API_KEY': '{KEY}'}}", f"%env API_KEY={KEY}"]
)
@pytest.mark.parametrize("where", ["source", "outputs"])
def test_what_a_notebook_prints_is_no_code(line: str, where: str) -> None:
    output = [{"output_type": "stream", "name": "stdout", "text": [f"HOME=/root\n{line}\n"]}]
    cell = {"cell_type": "code", "source": [line] if where == "source" else ["!env"], "metadata": {}}
    notebook = {"cells": [cell | {"outputs": output if where == "outputs" else []}]}
    assert rules(json.dumps(notebook), "a.ipynb") == ["assigned-secret"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "const e=t.source;this._withCredentials=e.withCredentials||!1,this._length=e.length"),
        ("a.py", 'script = "this._withCredentials=e.withCredentials||!1,this._length=e.length"'),
        ("a.py", 'parser.add_argument("--password", default="password")'),
        ("a.py", 'parser.add_argument("--token-file", default="/run/secrets/token-2")'),
        ("a.py", 'sql = "select * from users where password = :password"'),
        ("a.py", 'message = "the token: expected 3 words"'),
        ("a.py", "# password: at least 12 characters"),
        ("a.py", "# token = config.get_token(user)"),
        ("a.py", "token=client.fetch_token_2"),
        ("a.sh", "git config set user.signingkey $KEY"),
        ("a.sh", "set -o pipefail"),
        ("compose.yml", "- DB_PASSWORD=${DB_PASSWORD:-postgres}"),
        ("compose.yml", "- DB_PASSWORD=${DB_PASSWORD:?set it in .env}"),
        ("a.yml", "password: ${DB_PASSWORD:}"),
        ("a.tf", 'variable "token" {\n  default = ""\n}'),
        ("core-site.xml", "<name>fs.s3a.secret.key</name>\n<value>${env.KEY}</value>"),
        ("a.md", "https://api.internal/v1?access_token=<token>&x=1"),
        ("a.md", "https://api.internal/v1?next_page_token=" + KEY),
        ("a.py", 'f"https://api.internal/v1?api_key={key}"'),
        ("a.py", 'headers = {"Authorization": f"Token {token}"}'),
        ("a.py", 'headers = {"Authorization": "Token <your token>"}'),
        ("a.py", "print('don\\'t use password=foo here', bar)"),
    ],
)
def test_what_only_looks_like_it_is_none(path: str, text: str) -> None:
    assert rules(text, path) == []
