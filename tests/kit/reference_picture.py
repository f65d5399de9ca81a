"""A picture of a generated settings reference: `python -m kit.reference_picture`.

A headless Chromium shows the first rows of a plugin's table as a forge's page does.
"""

import html
import re
import subprocess
import tempfile
from pathlib import Path

from kit.paths import ROOT

README = ROOT / "plugins" / "build-image" / "README.md"
PICTURE = ROOT / "docs" / "reference.png"
ROWS = 14
WIDTH = 1000
_STYLE = """
body { margin: 16px; font: 14px/1.5 'DejaVu Sans', sans-serif; color: #1f2328; background: white; }
table { border-collapse: collapse; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; vertical-align: top; }
tr:nth-child(2n) { background: #f6f8fa; }
code { font: 12px 'DejaVu Sans Mono', monospace; background: #eff1f3; border-radius: 6px; padding: 2px 5px; }
td:first-child code { white-space: nowrap; }
"""
_HEIGHT = "<script>document.title = document.documentElement.offsetHeight + 32</script>"
_CELL = re.compile(r"(?<!\\)\|")


def rows(readme: str, count: int = ROWS) -> list[list[str]]:
    """The cells of the header and of the first rows of the settings table."""
    table = [line for line in readme.partition("<!-- settings -->")[2].splitlines() if line.startswith("|")]
    header, _rule, *body = ([cell.strip() for cell in _CELL.split(line)[1:-1]] for line in table)
    return [header, *body[:count]]


def page(table: list[list[str]]) -> str:
    """The table as HTML."""
    lines = [
        "<tr>" + "".join(f"<{tag}>{_inline(cell)}</{tag}>" for cell in cells) + "</tr>"
        for number, cells in enumerate(table)
        for tag in ["td" if number else "th"]
    ]
    head = f'<!doctype html><meta charset="utf-8"><title></title><style>{_STYLE}</style>'
    return f"{head}<h2>Settings</h2><table>{''.join(lines)}</table>"


def _inline(cell: str) -> str:
    """The Markdown that a cell may hold: code and bold."""
    text = html.escape(cell.replace(r"\|", "|"), quote=False)
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", re.sub(r"`(.+?)`", r"<code>\1</code>", text))


def main() -> None:
    """Draw the page, as high as it is."""
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reference.html"
        file.write_text(page(rows(README.read_text(encoding="utf-8"))) + _HEIGHT, encoding="utf-8")
        size = f"--window-size={WIDTH},100"
        shown = subprocess.run(
            [*browser, size, "--dump-dom", file.as_uri()], check=True, capture_output=True, text=True
        )
        height = re.findall(r"<title>(\d+)</title>", shown.stdout)[0]
        size = f"--window-size={WIDTH},{height}"
        subprocess.run(
            [*browser, size, f"--screenshot={PICTURE}", file.as_uri()], check=True, capture_output=True
        )


if __name__ == "__main__":
    main()
