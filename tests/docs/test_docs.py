"""What is generated is fresh, and what is written says what the code says."""

from pathlib import Path

import pytest

from drone_plugin import Settings, setting
from drone_plugin.docs import settings_table
from kit.docs import pages, with_part
from kit.paths import ROOT


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_settings_reference_is_fresh(page: Path) -> None:
    """`python -m kit.docs` makes it anew."""
    assert page.read_text(encoding="utf-8") == pages()[page]


def test_a_page_without_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="one pair of <!-- settings -->"):
        with_part("# A page\n", "settings", "")


def test_the_table_shows_default_example_and_pin() -> None:
    class Small(Settings):
        size: int = setting(3, "How many | at most.", example="4", pin=True)

    row = r"| `size` | number | `3` | How many \| at most. Example: `4`. **Pin.** |"
    assert row in settings_table(Small).splitlines()
