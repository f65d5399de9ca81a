from pathlib import Path

import pytest

from secret_scan.scanner import scanner

KEY = "AKIA" + "IOSFODNN7EXAMPL3"


def kinds(folder: Path, line: str, name: str = ".drone.yml") -> list[str]:
    (folder / name).write_text(f"{line}\n", encoding="utf-8")
    with scanner() as scan:
        return [finding.kind for finding in scan.scan(folder, name)]


@pytest.mark.parametrize(
    "line",
    [
        "password: {from_secret: registry_password}",
        "password: { from_secret: 'registry_password' }",
        "password:\n  from_secret: registry_password",
        'password: {"from_secret": "registry_password"}',
    ],
)
def test_the_name_of_a_drone_secret_is_no_secret(tmp_path: Path, line: str) -> None:
    assert kinds(tmp_path, line) == []


def test_a_key_beside_the_name_of_a_drone_secret_is_found(tmp_path: Path) -> None:
    assert kinds(tmp_path, f"password: {{from_secret: registry_password}} # {KEY}") == ["AWS Access Key"]


def test_a_password_in_clear_is_found_in_a_pipeline_too(tmp_path: Path) -> None:
    assert kinds(tmp_path, "password: hunter2hunter2x") == ["Secret Keyword"]


HEX = "9f86d081884c7d659a2feaa0c55ad015" + "a3bf4f1b2b0b822cd15d6c15b0f00a08"
BASE64 = "3yb5a5lTzVx7Rq0mXb6qJ3kZ1yG8kq9n1mZ5w2v0Qm1" + "Hc8t0xJ4l7N9vXr2sT6uYpQe3wR8iO1pL5kJ7hG2fDw=="


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Cargo.lock", f'checksum = "{HEX}"'),
        ("package-lock.json", f'{{"integrity": "sha512-{BASE64}"}}'),
        ("uv.lock", f'sdist = {{ url = "https://example.com/a.tar.gz", hash = "sha256:{HEX}", size = 1 }}'),
        ("Pipfile.lock", f'{{"hashes": ["sha256:{HEX}"]}}'),
        ("image.json", f'{{"digest": "sha256:{HEX}"}}'),
    ],
)
def test_a_checksum_is_no_secret(tmp_path: Path, name: str, line: str) -> None:
    assert kinds(tmp_path, line, name) == []


def test_a_key_in_a_lock_file_is_found(tmp_path: Path) -> None:
    line = f'{{"resolved": "https://example.com/?key={KEY}", "integrity": "sha512-{BASE64}"}}'
    assert kinds(tmp_path, line, "package-lock.json") == ["AWS Access Key"]


def test_a_string_of_high_entropy_that_is_called_nothing_is_found(tmp_path: Path) -> None:
    assert kinds(tmp_path, f'x = "{HEX}"', "a.py") == ["Hex High Entropy String"]
