"""The ready types for settings: what they take, and what they say of the rest."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal, cast

import pytest
from pydantic import SecretStr, create_model

from drone_plugin import Settings, SettingsError, setting, spell
from drone_plugin.docs import settings_table
from drone_plugin.globs import matcher
from drone_plugin.images import ImageName, ImageReference, ImageRepository, ImageTag, parse_image
from drone_plugin.scalars import Size
from drone_plugin.values import Glob, Url, WorkspacePath, within

DIGEST = "sha256:" + "0" * 64


class Typed(Settings):
    """A setting of every ready type."""

    memory: Size = setting(Size(10**9), "how much", example="2GB", ge=1000)
    limits: list[Size] = setting([], "limits", example="1GB, 2GB")
    pauses: list[timedelta] = setting([], "pauses", example="1s, 5s")
    ports: dict[str, int] = setting({}, "ports", example="{a: 80}")
    modes: dict[str, Literal["ro", "rw"]] = setting({}, "modes", example="{a: ro}")
    folder: WorkspacePath = setting("", "where", example="src")
    server: Url = setting("", "the server", example="https://example.com")
    mirrors: list[Url] = setting([], "mirrors", example="https://a.example, https://b.example")
    image: ImageReference = setting("", "the image", example="python:3.11")
    repo: ImageRepository = setting("", "the repository", example="registry.example.com/x")
    tags: tuple[ImageTag, ...] = setting((), "tags", example="latest")
    exclude: list[Glob] = setting([], "what not", example="docs/**")
    logins: dict[str, SecretStr] = setting({}, "passwords", example="logins")
    maybe: WorkspacePath | None = setting(None, "a path", example="x")


def load(**settings: str) -> Typed:
    """The settings of a step."""
    return Typed.load({f"PLUGIN_{name.upper()}": value for name, value in settings.items()})


def refusal(**settings: str) -> str:
    """The one line that says what is wrong."""
    with pytest.raises(SettingsError) as raised:
        load(**settings)
    (line,) = raised.value.lines()
    return line


@pytest.mark.parametrize(
    ("text", "size", "spelled"),
    [
        ("512MB", 512_000_000, "512MB"),
        ("512mb", 512_000_000, "512MB"),
        ("512 MiB", 512 * 1024**2, "512MiB"),
        ("2GiB", 2 * 1024**3, "2GiB"),
        ("1.5GB", 1_500_000_000, "1500MB"),
        ("2048KiB", 2 * 1024**2, "2MiB"),
        ("1000kB", 1_000_000, "1MB"),
        ("1234B", 1234, "1234B"),
        ("1TB", 10**12, "1TB"),
    ],
)
def test_a_size_is_a_number_of_bytes_with_a_unit(text: str, size: int, spelled: str) -> None:
    memory = load(memory=text).memory

    assert memory == size
    assert spell(memory) == spelled


def test_nothing_is_a_size_too() -> None:
    assert str(Size(0)) == "0B"


@pytest.mark.parametrize("text", ["512", "512M", "512m", "2 Gibi", "-1GB", "1e3MB", "MB", "1,5GB", "٣MB"])
def test_a_size_without_a_clear_unit_is_refused(text: str) -> None:
    assert refusal(memory=text) == f'settings.memory: "{text}" is not a size; write 512MB, 512MiB or 2GB'


def test_a_size_is_whole_bytes_and_keeps_to_its_bounds() -> None:
    assert refusal(memory="0.5B") == 'settings.memory: "0.5B" is not a whole number of bytes'
    assert refusal(memory="1B") == 'settings.memory: "1B" should be greater than or equal to 1000'


def test_words_of_lists_and_maps_are_read_like_words_that_stand_alone() -> None:
    settings = load(limits="1GB,2MiB", pauses="1s,5m", ports='{"a":80,"b":"1e+03"}', modes="a=RO,b=rw")

    assert settings.limits == [10**9, 2 * 1024**2]
    assert settings.pauses == [timedelta(seconds=1), timedelta(minutes=5)]
    assert settings.ports == {"a": 80, "b": 1000}
    assert settings.modes == {"a": "ro", "b": "rw"}


def test_a_wrong_word_of_a_list_or_map_is_quoted_alone() -> None:
    assert refusal(limits="1GB,2") == 'settings.limits: "2" is not a size; write 512MB, 512MiB or 2GB'
    assert refusal(ports="a=80,b=x") == 'settings.ports: "x" is not a whole number'
    assert refusal(modes="a=wo") == 'settings.modes: "wo" is not one of ro, rw'
    assert refusal(tags="latest,a b") == (
        'settings.tags: "a b" is not a tag; letters, digits and `_.-` make one, 128 at the most'
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [("src", "src"), ("./src//a/", "src/a"), (".", "."), ("a..b/...", "a..b/..."), ("ä b", "ä b")],
)
def test_a_path_is_relative_to_the_workspace(text: str, path: str) -> None:
    assert load(folder=text).folder == path
    assert load(maybe=text).maybe == path


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/etc/passwd", "is not within the workspace; write a path relative to it"),
        ("~/x", "is not within the workspace; write a path relative to it"),
        ("../x", "leads out of a folder by `..`; write the path from the workspace on"),
        ("a/../b", "leads out of a folder by `..`; write the path from the workspace on"),
        ("a/..", "leads out of a folder by `..`; write the path from the workspace on"),
        ("a\0b", "is not a path"),
    ],
)
def test_a_path_that_leaves_the_workspace_is_refused(text: str, why: str) -> None:
    assert refusal(folder=text).endswith(f'" {why}')


def test_links_of_the_workspace_are_followed_and_must_stay_in_it(tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    (workspace / "src").mkdir(parents=True)
    (workspace / "good").symlink_to("src")
    (workspace / "bad").symlink_to(tmp_path)
    (workspace / "circle").symlink_to("circle")

    assert within(workspace, "good/new", "folder") == (workspace / "src" / "new").resolve()
    for path in ("bad", "bad/deep/../x", os.fspath(tmp_path)):
        with pytest.raises(SettingsError, match=r"^settings\.folder: .* leads out of the workspace$"):
            within(workspace, path, "folder")
    for path in ("circle", "a\0b"):
        with pytest.raises(SettingsError, match=r"^settings\.folder: .* leads nowhere$"):
            within(workspace, path, "folder")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.com/", "https://example.com"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("https://example.com/a/b?c=d", "https://example.com/a/b?c=d"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("HTTPS://Example.com", "HTTPS://Example.com"),
        ("https://example.com/@scope", "https://example.com/@scope"),
    ],
)
def test_an_address_is_http_or_https_and_ends_in_no_slash(text: str, url: str) -> None:
    assert load(server=text).server == url


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "ftp://example.com",
        "https://",
        "https:///path",
        "https://exa mple.com",
        "https://example.com\n.evil.example",
        "https://example.com:port",
        "https://example.com:99999",
        "https://[::1",
        "https://example.com\\@evil.example",
        "https://example.com/#x",
        "javascript:alert(1)",
        "https://-x",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert refusal(server=text).endswith('" is not an address; write https://host or http://host:port')


def test_an_address_with_a_login_is_refused_without_showing_it() -> None:
    why = "holds a login, which logs would show; write the address without it"

    assert refusal(server="https://bob:top@secret@example.com") == (
        f'settings.server: "https://…@example.com" {why}'
    )
    assert refusal(server="https://bob:topsecret@example.com") == (
        f'settings.server: "https://…@example.com" {why}'
    )
    assert refusal(mirrors="https://a.example,https://topsecret@b.example") == (
        f'settings.mirrors: "https://…@b.example" {why}'
    )


@pytest.mark.parametrize("name", ["repo", "image", "folder", "memory", "tags", "server"])
def test_no_error_shows_the_login_of_an_address(name: str) -> None:
    text = "https://bob:" + "topsecret" * 20 + "@example.com/ x"
    try:
        load(**{name: text})
    except SettingsError as error:
        assert "topsecret" not in str(error.lines())  # noqa: PT017 - reading it is a good end as well


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("python", ImageName("docker.io", "library/python")),
        ("python:3.11", ImageName("docker.io", "library/python", "3.11")),
        ("index.docker.io/team/x", ImageName("docker.io", "team/x")),
        ("docker.io/python", ImageName("docker.io", "library/python")),
        ("localhost/x", ImageName("localhost", "x")),
        ("host:5000/a/b", ImageName("host:5000", "a/b")),
        ("host:5000/a/b:v1", ImageName("host:5000", "a/b", "v1")),
        (f"r.example.com/x@{DIGEST}", ImageName("r.example.com", "x", "", DIGEST)),
        (f"r.example.com/x:v1@{DIGEST}", ImageName("r.example.com", "x", "v1", DIGEST)),
        ("[::1]:5000/x", ImageName("[::1]:5000", "x")),
        ("Host/x", ImageName("Host", "x")),
        ("a--b/c__d.e_f", ImageName("docker.io", "a--b/c__d.e_f")),
    ],
)
def test_an_image_is_split_as_docker_does(text: str, name: ImageName) -> None:
    assert parse_image(text) == name
    assert load(image=text).image == text


def test_an_image_is_pulled_by_digest_before_tag_before_latest() -> None:
    names = ["x", "x:v1", f"x:v1@{DIGEST}"]

    assert [parse_image(name).reference for name in names] == ["latest", "v1", DIGEST]
    assert parse_image("x").repository == "docker.io/library/x"


@pytest.mark.parametrize(
    "text",
    [
        "Python",
        "https://r.example.com/x",
        "x:",
        "x@sha256:abc",
        "x:v 1",
        "a//b",
        "/a",
        "a/",
        "host:port/x",
        "host:5000/",
        "x:" + "v" * 129,
        "a/" * 200 + "x",
        "0" * 64,
        f"x@md5:{'0' * 32}",
        "-a/b",
        "a..b/c",
        "x\n",
    ],
)
def test_what_is_no_image_is_refused(text: str) -> None:
    assert refusal(image=text).endswith(
        '" is not an image; write registry/name:tag in lower case, without scheme'
    )


@pytest.mark.parametrize("text", ["x:v1", f"x@{DIGEST}", "https://x", "X"])
def test_a_repository_has_neither_scheme_nor_tag(text: str) -> None:
    assert refusal(repo=text).endswith(
        '" is not a repository; write registry/name in lower case, without scheme and tag'
    )
    assert load(repo="host:5000/x").repo == "host:5000/x"


@pytest.mark.parametrize(
    ("globs", "path", "matches"),
    [
        (["docs/**"], "docs/a/b.md", True),
        (["*.md"], "docs/b.md", False),
        (["**/*.md"], "b.md", True),
        (["a/**/**/b"], "a/b", True),
        (["tests/"], "tests/x/y", True),
        (["a?c", "x"], "abc", True),
        ([], "x", False),
        (["**/" * 30 + "z"], "a/" * 300 + "y", False),
    ],
)
def test_globs_match_paths_of_the_workspace(globs: list[str], path: str, *, matches: bool) -> None:
    assert matcher(globs)(path) is matches


@pytest.mark.parametrize("glob", ["/docs/**", "../x", "!keep"])
def test_a_glob_that_can_match_nothing_is_refused(glob: str) -> None:
    assert refusal(exclude=f"docs/**,{glob}").startswith(f'settings.exclude: "{glob}" ')


def test_the_reference_names_the_types() -> None:
    kinds = {
        line.split("|")[1].strip(" `"): line.split("|")[2].strip()
        for line in settings_table(Typed).splitlines()
    }

    assert kinds["memory"] == "size"
    assert kinds["folder"] == kinds["maybe"] == "path"
    assert kinds["server"] == "address"
    assert kinds["mirrors"] == "list of addresses"
    assert kinds["image"] == "image"
    assert kinds["repo"] == "image repository"
    assert kinds["tags"] == "list of tags"
    assert kinds["exclude"] == "list of globs"
    assert kinds["logins"] == "map"


@pytest.mark.parametrize("kind", [WorkspacePath, Url, ImageReference, ImageRepository, Glob])
def test_an_empty_default_is_an_unset_setting(kind: object) -> None:
    made = create_model(
        "Made", __base__=Settings, x=(cast("type[object]", kind), setting("", "x", example="x"))
    )

    assert made.load({}).model_dump()["x"] == ""
