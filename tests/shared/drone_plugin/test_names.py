"""Names of variables and of settings."""

import pytest

from drone_plugin.names import canonical, edits, given, nearest, renamed


@pytest.mark.parametrize("name", ["BUILD_ARGS", "BUILD-ARGS", "BUILD.ARGS", "build_args", "Build-Args"])
def test_every_spelling_of_a_name_is_one_setting(name: str) -> None:
    assert canonical(name) == "build_args"
    assert given({f"PLUGIN_{name}": "x"}) == ({"build_args": "x"}, [])


def test_only_variables_of_plugins_are_settings() -> None:
    environment = {"PLUGIN_A": "1", "plugin_b": "2", "PLUGINS_C": "3", "XPLUGIN_D": "4", "PLUGIN": "5"}

    assert given(environment) == ({"a": "1", "b": "2"}, [])


def test_two_spellings_of_one_value_are_no_problem() -> None:
    assert given({"PLUGIN_A-B": "x", "PLUGIN_A_B": "x"}) == ({"a_b": "x"}, [])


def test_two_spellings_of_two_values_are_a_problem_that_names_both_and_shows_neither_value() -> None:
    _, problems = given({"PLUGIN_A-B": "topsecret1", "PLUGIN_A_B": "topsecret2"})

    assert problems == ["settings.a_b: given twice, as a-b and as a_b; keep one"]


@pytest.mark.parametrize(("one", "other"), [("", "x"), ("x", "")])
def test_an_empty_spelling_gives_way_to_one_with_a_value(one: str, other: str) -> None:
    assert given({"PLUGIN_A-B": one, "PLUGIN_A_B": other}) == ({"a_b": "x"}, [])


def test_an_empty_value_is_kept_to_tell_it_from_none() -> None:
    assert given({"PLUGIN_A": ""}) == ({"a": ""}, [])


@pytest.mark.parametrize("variable", ["PLUGIN_A-B", "PLUGIN_A.B", "PLUGIN_a_b", "plugin_A_B"])
@pytest.mark.parametrize("pin", ["", None])
def test_a_pinned_setting_cannot_come_in_under_another_spelling(variable: str, pin: str | None) -> None:
    """A pipeline pins a setting by writing `''`, which removes an injected variable of that name only."""
    environment = {variable: "evil"} | ({} if pin is None else {"PLUGIN_A_B": pin})

    settings, problems = given(environment, pinned={"a_b"})

    assert settings.get("a_b", "") == ""
    reason = "because under another spelling a build's parameter could bring it in"
    assert problems == [f"settings.a_b: comes from {variable}; write a_b, {reason}"]


def test_a_pinned_setting_counts_under_its_own_name() -> None:
    assert given({"PLUGIN_A_B": "x"}, pinned={"a_b"}) == ({"a_b": "x"}, [])


OLD = {"repository": "repo", "key": "token"}
WARNING = "settings.repository is called repo now; the old name will not work for ever"


@pytest.mark.parametrize(
    ("settings", "present"),
    [
        ({"repository": "x"}, {"repo": "x"}),
        ({"repository": "x", "repo": "x"}, {"repo": "x"}),
        ({"repository": "x", "repo": ""}, {"repo": "x"}),
        ({"repository": "", "repo": "x"}, {"repo": "x"}),
        ({"repository": "", "other": "y"}, {"repo": "", "other": "y"}),
    ],
)
def test_an_old_name_is_the_new_one_with_a_warning(settings: dict[str, str], present: dict[str, str]) -> None:
    assert renamed(settings, OLD) == (present, [WARNING], [])


def test_old_and_new_name_with_different_values_are_a_problem_that_shows_neither() -> None:
    _, warnings, problems = renamed({"repository": "topsecret1", "repo": "topsecret2"}, OLD)

    assert warnings == []
    assert problems == ["settings.repo: given twice, also by its old name repository; keep repo"]


@pytest.mark.parametrize("pin", ["", "x", None])
def test_the_old_name_of_a_pinned_setting_brings_nothing_in(pin: str | None) -> None:
    """A pipeline that pins the new name by `''` leaves the old one open to a build's parameters."""
    settings = {"repository": "evil"} | ({} if pin is None else {"repo": pin})

    present, _, problems = renamed(settings, OLD, pinned={"repo"})

    assert present.get("repo", "") == (pin or "")
    assert problems == ["settings.repository: is called repo now; write that"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("timout", "timeout"),
        ("timeuot", "timeout"),
        ("time_out", "timeout"),
        ("timeouts", "timeout"),
        ("xtimeout", "timeout"),
        ("tokn", "token"),
        ("toekn", "token"),
        ("tag", "tags"),
        ("ttags", "tags"),
        ("thyme", None),
        ("environment", None),
        ("x", None),
        ("", None),
        ("tagliatelle", None),
    ],
)
def test_a_name_within_two_edits_was_meant_to_be_the_other(name: str, meant: str | None) -> None:
    assert nearest(name, ["timeout", "token", "tags"]) == meant


def test_a_name_is_near_to_none_where_there_are_none() -> None:
    assert nearest("timeout", []) is None


def test_the_nearest_of_several_is_chosen() -> None:
    assert nearest("cache_frm", ["cache_to", "cache_from"]) == "cache_from"


@pytest.mark.parametrize("short", ["x", "", "zz", "q"])
def test_a_short_name_is_not_near_to_another_short_one_by_being_short(short: str) -> None:
    assert nearest(short, ["id", "k"]) is None


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("", "", 0),
        ("a", "a", 0),
        ("a", "b", 1),
        ("ab", "ba", 1),
        ("abc", "ab", 1),
        ("abcd", "badc", 2),
        ("a", "abcde", 3),
    ],
)
def test_edits_are_counted_up_to_three(one: str, other: str, count: int) -> None:
    assert edits(one, other) == edits(other, one) == count
