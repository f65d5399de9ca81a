import stat

import pytest

from build_image.buildkit.selection import select
from build_image.buildkit.tree import Stat
from build_image.context.patterns import PatternError

PATHS = ["a", "a/b", "a/b/one.py", "a/b/two.txt", "a/c.py", "d", "d/e", "d/e/f", "g"]
FOLDERS = {"a", "a/b", "d", "d/e"}
TREE = [Stat(path, (stat.S_IFDIR if path in FOLDERS else stat.S_IFREG) | 0o755) for path in PATHS]


# By the rules of tonistiigi/fsutil filter.go.
@pytest.mark.parametrize(
    ("includes", "excludes", "expected"),
    [
        ([], [], PATHS),
        (["a/b"], [], ["a", "a/b", "a/b/one.py", "a/b/two.txt"]),
        (["d/e/f"], [], ["d", "d/e", "d/e/f"]),
        (["a/*.py"], [], ["a", "a/c.py"]),
        (["**/*.py"], [], ["a", "a/b", "a/b/one.py", "a/c.py"]),
        (["nothing"], [], []),
        (["/g/"], [], ["g"]),
        ([], ["a", "g"], ["d", "d/e", "d/e/f"]),
        ([], ["a", "!a/b/one.py", "d", "g"], ["a", "a/b", "a/b/one.py"]),
        ([], ["*", "!d"], ["d", "d/e", "d/e/f"]),
        (["a"], ["**/*.txt"], ["a", "a/b", "a/b/one.py", "a/c.py"]),
        ([" ", "g"], [""], ["g"]),
    ],
)
def test_an_entry_is_taken_with_what_is_below_and_what_it_is_in(
    includes: list[str], excludes: list[str], expected: list[str]
) -> None:
    assert [entry.path for entry in select(TREE, includes, excludes)] == expected


@pytest.mark.parametrize("pattern", ["[", "!"])
def test_a_pattern_that_the_builder_would_not_take_is_an_error(pattern: str) -> None:
    with pytest.raises(PatternError):
        list(select(TREE, [], [pattern]))
