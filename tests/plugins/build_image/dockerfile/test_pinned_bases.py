"""The Dockerfile that is built in the end: its images by digest, every line where it was."""

import pytest

from build_image.dockerfile import Dockerfile, external_images, pinned

DIGEST = "@sha256:" + "0" * 64


def pin(text: str, **build_args: str) -> str:
    """The text with every image pinned."""
    dockerfile = Dockerfile("Dockerfile", text)
    digests = {image: image.partition("@")[0] + DIGEST for image in external_images(dockerfile, build_args)}
    return pinned(dockerfile, digests, build_args)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM a:1 AS a", f"FROM a:1{DIGEST} AS a"),
        (
            "from --platform=$BUILDPLATFORM a\r\nRUN a\r\n",
            f"from --platform=$BUILDPLATFORM a{DIGEST}\r\nRUN a\r\n",
        ),
        ("ARG B=a\nFROM ${B}:1", f"ARG B=a\nFROM a:1{DIGEST}"),
        ('FROM "a"', f"FROM a{DIGEST}"),
        ("FROM \\\n  a \\\n  AS b", f"FROM \\\n  a{DIGEST} \\\n  AS b"),
        (
            "FROM a AS b\nFROM b\nCOPY --from=b x y\nCOPY --from=a a a",
            f"FROM a{DIGEST} AS b\nFROM b\nCOPY --from=b x y\nCOPY --from=a{DIGEST} a a",
        ),
        (
            "FROM scratch\nRUN --mount=type=bind,from=a,target=/a \\\n --mount=from=a,target=/b a",
            f"FROM scratch\nRUN --mount=type=bind,from=a{DIGEST},target=/a \\\n --mount=from=a{DIGEST},target=/b a",
        ),
        ('FROM scratch\nCOPY --from="a" x y', f'FROM scratch\nCOPY --from="a{DIGEST}" x y'),
        ("# syntax=docker/dockerfile:1\nFROM a", f"# syntax=docker/dockerfile:1{DIGEST}\nFROM a{DIGEST}"),
        ("FROM a AS unused\nFROM b", f"FROM a AS unused\nFROM b{DIGEST}"),
        ("FROM a:1\nFROM a:1.2", f"FROM a:1\nFROM a:1.2{DIGEST}"),
    ],
)
def test_images_are_pinned_where_they_are_named(before: str, after: str) -> None:
    assert pin(before) == after


def test_an_image_whose_digest_nobody_knows_stays_as_it_is() -> None:
    dockerfile = Dockerfile("Dockerfile", "FROM local\nCOPY --from=a x y")
    assert pinned(dockerfile, {"a": f"a{DIGEST}"}, {}) == f"FROM local\nCOPY --from=a{DIGEST} x y"


def test_what_is_pinned_needs_the_same_images_by_digest() -> None:
    text = pin("ARG V\nFROM a:${V:-1} AS b\nRUN <<E\nFROM a:1\nE\nFROM b\nCOPY --from=c x y", V="2")
    assert external_images(Dockerfile("Dockerfile", text), {}) == (f"a:2{DIGEST}", f"c{DIGEST}")
    assert "\nFROM a:1\n" in text
