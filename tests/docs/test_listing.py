"""The entries of the catalogues keep to the catalogues' rules."""

import pytest
import yaml

from kit.paths import ROOT, plugin_names

REQUIRED = {"title", "author", "repo", "description"}
OPTIONAL = {"tags", "logo", "image", "license", "readme", "example", "hide", "properties"}
PROPERTY = {"type", "defaultValue", "description", "secret", "required"}


@pytest.mark.parametrize("plugin", plugin_names())
def test_the_entry_of_drones_index_keeps_to_its_schema(plugin: str) -> None:
    entry = yaml.safe_load((ROOT / "plugins" / plugin / "content.yaml").read_text(encoding="utf-8"))
    assert REQUIRED <= entry.keys() <= REQUIRED | OPTIONAL
    for name, described in entry["properties"].items():
        assert described.keys() == PROPERTY, name
        assert described["type"] in {"string", "number", "array", "boolean", "object"}, name
        assert described["description"], name
    pipeline = yaml.safe_load(entry["example"])
    assert isinstance(pipeline, dict)
    assert {"kind", "name", "steps"} <= pipeline.keys()


@pytest.mark.parametrize("plugin", plugin_names())
def test_the_page_of_woodpeckers_index_begins_with_its_front_matter(plugin: str) -> None:
    page = (ROOT / "plugins" / plugin / "docs.md").read_text(encoding="utf-8")
    _, front, body = page.split("---\n", 2)
    assert yaml.safe_load(front)["name"] == plugin
    example = body.rpartition("```yaml\n")[2].partition("```")[0]
    assert yaml.safe_load(example)["steps"][0]["image"] == f"drone-ml/{plugin}:dev"


@pytest.mark.parametrize("plugin", plugin_names())
def test_every_setting_has_a_description_and_an_example(plugin: str) -> None:
    page = (ROOT / "plugins" / plugin / "README.md").read_text(encoding="utf-8")
    table = page.partition("<!-- settings -->\n")[2].partition("<!-- /settings -->")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if "Example: `" not in row] == []
