import io
import os
import tarfile
from pathlib import Path

import pytest

from kit.context import context_archive, source_digest, source_files
from kit.paths import PLUGINS, ROOT, SHARED, plugin_names


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with one wheel."""
    (tmp_path / "one-1-py3-none-any.whl").write_bytes(b"zip")
    return tmp_path


@pytest.mark.parametrize("plugin", plugin_names())
def test_a_context_holds_one_plugin_the_libraries_and_the_wheels(plugin: str, wheels: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(context_archive(plugin, wheels))) as archive:
        names = set(archive.getnames())
    assert {f"plugins/{plugin}/Dockerfile", f".build/wheels/{plugin}/one-1-py3-none-any.whl"} <= names
    tops = (f"plugins/{plugin}/", "shared/", f".build/wheels/{plugin}/")
    assert not [name for name in names if not name.startswith(tops)]


def test_a_context_says_nothing_of_owners_and_times(wheels: Path) -> None:
    before = context_archive("secret-scan", wheels)
    os.utime(wheels / "one-1-py3-none-any.whl", (1, 1))
    assert context_archive("secret-scan", wheels) == before
    with tarfile.open(fileobj=io.BytesIO(before)) as archive:
        assert {(member.uid, member.gid, member.mtime) for member in archive} == {(0, 0, 315532800)}


def test_a_context_begins_with_a_file_and_not_with_an_extended_header(wheels: Path) -> None:
    """BuildKit takes the first block of Python's default tar format for the Dockerfile."""
    assert b"PaxHeader" not in context_archive("secret-scan", wheels)[:1024]


def test_byte_code_and_built_packages_are_no_sources() -> None:
    names = {path.name for path in source_files("secret-scan")}
    assert "__pycache__" not in {path.parent.name for path in source_files("secret-scan")}
    assert not [name for name in names if name.endswith((".pyc", ".whl"))]


def test_an_image_is_built_without_what_only_tests_of_plugins_use() -> None:
    folders = {part for path in source_files("secret-scan") for part in path.relative_to(ROOT).parts}
    assert "drone_plugin" in folders
    assert "testing" not in folders


def test_plugins_have_different_digests_that_stay() -> None:
    digests = {plugin: source_digest(plugin) for plugin in plugin_names()}
    assert len(set(digests.values())) == len(digests)
    assert digests == {plugin: source_digest(plugin) for plugin in plugin_names()}


def test_locks_are_sources_so_that_wheels_need_no_look() -> None:
    files = source_files("secret-scan")
    assert PLUGINS / "secret-scan" / "requirements.txt" in files
    assert SHARED / "requirements-build.txt" in files
    assert all(path.is_relative_to(ROOT) for path in files)
