import json

from build_image.buildkit import Destination, Recipe


def test_an_empty_recipe_leaves_everything_to_the_engine() -> None:
    assert Recipe().parameters() == [("dockerfile", "Dockerfile")]


def test_a_full_recipe_is_in_the_parameters_of_the_api() -> None:
    recipe = Recipe(
        tags=("a:1", "a:2"),
        dockerfile="images/Dockerfile",
        target="run",
        build_args={"V": "1,2"},
        labels={"team": "x"},
        network="none",
        platform="linux/amd64",
        cache_from=("a:0",),
        extra_hosts=("pypi:10.0.0.1",),
        pull=True,
        no_cache=True,
        output=Destination("image", {"push": "true"}),
    )

    parameters = recipe.parameters()

    assert [value for name, value in parameters if name == "t"] == ["a:1", "a:2"]
    single = {name: value for name, value in parameters if name != "t"}
    assert json.loads(single.pop("buildargs")) == {"V": "1,2"}
    assert json.loads(single.pop("labels")) == {"team": "x"}
    assert json.loads(single.pop("cachefrom")) == ["a:0"]
    assert json.loads(single.pop("outputs")) == [{"Type": "image", "Attrs": {"push": "true"}}]
    assert single == {
        "dockerfile": "images/Dockerfile",
        "extrahosts": "pypi:10.0.0.1",
        "target": "run",
        "networkmode": "none",
        "platform": "linux/amd64",
        "pull": "1",
        "nocache": "1",
    }


def test_a_recipe_that_is_printed_shows_no_value_of_a_build_argument() -> None:
    assert "hunter2" not in repr(Recipe(build_args={"TOKEN": "hunter2"}))
