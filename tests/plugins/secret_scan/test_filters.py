from pathlib import Path

import pytest

from secret_scan.scanner import scanner

KEY = "AKIA" + "IOSFODNN7EXAMPL3"


def kinds(folder: Path, line: str) -> list[str]:
    (folder / ".drone.yml").write_text(f"{line}\n", encoding="utf-8")
    with scanner() as scan:
        return [finding.kind for finding in scan.scan(folder, ".drone.yml")]


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
