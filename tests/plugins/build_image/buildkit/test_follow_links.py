import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_image.buildkit.follow import follow_links
from build_image.buildkit.tree import Stat

FILE, FOLDER, LINK = stat.S_IFREG | 0o644, stat.S_IFDIR | 0o755, stat.S_IFLNK | 0o777


def tree(*paths: str) -> list[Stat]:
    """`folder/`, `file` and `link -> target`."""
    entries = []
    for path in paths:
        name, _, target = path.partition(" -> ")
        mode = LINK if target else FOLDER if name.endswith("/") else FILE
        entries.append(Stat(name.rstrip("/"), mode, link=target))
    return entries


# As in tonistiigi/fsutil followlinks_test.go, and by hand from its rules.
@pytest.mark.parametrize(
    ("entries", "asked", "expected"),
    [
        (tree("a", "b"), ["a"], ["a"]),
        (tree("a/", "a/b"), ["a", "a/b"], ["a"]),
        (tree("a", "l -> a"), ["l"], ["a", "l"]),
        (tree("a", "l -> /a"), ["/l"], ["a", "l"]),
        (tree("d/", "d/f", "l -> d"), ["l/f"], ["d/f", "l"]),
        (tree("d/", "d/l -> ../x", "x"), ["d/l"], ["d/l", "x"]),
        (tree("l -> ../../etc/passwd"), ["l"], ["etc/passwd", "l"]),
        (tree("d/", "d/one -> ../x", "d/two", "x"), ["d/*"], ["d/*", "x"]),
        (tree("one -> x", "x"), ["[o]ne", "missing"], ["[o]ne", "missing", "x"]),
        (tree("l*", "lo -> x"), ["l\\*"], ["l\\*"]),
        (tree("a -> b", "b -> a"), ["a"], ["a", "b"]),
        (tree("a -> a"), ["a"], ["a"]),
        (tree("a -> a/b"), ["a"], ["a"]),
        (tree("a -> ."), ["a/x"], ["a", "x"]),
        (tree("a -> ."), ["a"], []),
        (tree("a"), ["."], []),
        (tree("a"), ["/"], []),
        (tree("a"), ["[bad"], ["[bad"]),
    ],
)
def test_paths_come_to_what_links_make_of_them(
    entries: list[Stat], asked: list[str], expected: list[str]
) -> None:
    assert follow_links(asked, entries) == expected


NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TARGETS = st.lists(st.sampled_from(["a", "b", "c", "..", "."]), min_size=1, max_size=4).map("/".join)


@given(st.dictionaries(PATHS, TARGETS, max_size=6), st.lists(PATHS, max_size=3))
def test_no_tangle_of_links_is_endless(links: dict[str, str], asked: list[str]) -> None:
    entries = [Stat(path, LINK, link=target) for path, target in sorted(links.items())]

    resolved = follow_links(asked, entries)

    assert resolved == sorted(set(resolved))
    assert not any(path.startswith(("/", "..")) for path in resolved)
