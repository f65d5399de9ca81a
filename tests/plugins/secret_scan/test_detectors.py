from pathlib import Path

import pytest

from secret_scan.scanner import scanner

DIGITS = "0123456789abcdef" * 2


def kinds(folder: Path, name: str, text: str) -> set[str]:
    (folder / name).write_text(text, encoding="utf-8")
    with scanner() as scan:
        return {finding.kind for finding in scan.scan(folder, name)}


@pytest.mark.parametrize("prefix", ["dapi", "dkea", "dose"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env", "DATABRICKS_TOKEN={}\n"),
        ("job.yml", "token: {}\n"),
        ("a.py", 'host = "{}"\n'),
        ("b.py", 'client = connect("{}")\n'),
        ("notes.txt", "the token is {}-2.\n"),
    ],
)
def test_a_databricks_token_is_found_wherever_it_stands(
    tmp_path: Path, prefix: str, name: str, text: str
) -> None:
    assert "Databricks Token" in kinds(tmp_path, name, text.format(prefix + DIGITS))


@pytest.mark.parametrize(
    "text", ["dapi" + "0" * 31, "dapi-documentation", "xdapi" + DIGITS, "dapi" + DIGITS + "0"]
)
def test_what_has_not_the_length_of_a_databricks_token_is_none(tmp_path: Path, text: str) -> None:
    assert "Databricks Token" not in kinds(tmp_path, "a.txt", text)
