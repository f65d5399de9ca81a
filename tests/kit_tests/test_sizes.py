from pathlib import Path

from kit.sizes import Sizes, table, write_table

SIZES = [Sizes("secret-scan", 188_000_000, 66_000_000, 17_500_000, 6_100_000)]
README = "before\n<!-- image sizes -->\nold\n<!-- /image sizes -->\nafter\n"


def test_the_table_replaces_what_stands_between_the_comments(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(README, encoding="utf-8")
    assert write_table(readme, table(SIZES, "base"))
    text = readme.read_text(encoding="utf-8")
    assert "| `secret-scan` | 66.0 MB | 188.0 MB | 6.1 MB | 17.5 MB |" in text
    assert "old" not in text
    assert text.startswith("before\n<!-- image sizes -->\n")
    assert text.endswith("<!-- /image sizes -->\nafter\n")


def test_a_file_without_the_comments_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("nothing here\n", encoding="utf-8")
    assert not write_table(readme, table(SIZES, "base"))
    assert readme.read_text(encoding="utf-8") == "nothing here\n"
