"""`${name}`: put in once, evaluated never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from databricks_train.job.substitute import Scalar, as_template, finish, names_in, prepare
from drone_plugin import SettingsError

KNOWN: dict[str, Scalar] = {
    "image": "repo@sha256:1",
    "param.lr": 0.1,
    "param.epochs": 20,
    "param.fast": True,
    "param.note": "a ${build} and $$ and ${x",
    "branch": "{b}",
}
SCOPED = {"build": "7", "mlflow.run_id": "r-1"}


def prepared(value: JsonValue) -> JsonValue:
    """The template."""
    return prepare(value, KNOWN, SCOPED.__contains__, "job")


def made(value: JsonValue) -> JsonValue:
    """What is sent."""
    return finish(prepared(value), SCOPED)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${image}", "repo@sha256:1"),
        ("--lr=${param.lr}", "--lr=0.1"),
        ("${param.lr}", 0.1),
        ("${param.epochs}", 20),
        ("${param.fast}", True),
        ("is ${param.fast}", "is true"),
        ("${param.note}", "a ${build} and $$ and ${x"),
        ("${build} of ${mlflow.run_id}", "7 of r-1"),
        ("$${build}", "${build}"),
        ("$$${build}", "$${build}"),
        ("$build $ $$ {build} $(rm) `rm` %s", "$build $ $$ {build} $(rm) `rm` %s"),
        ("{{secrets/a/b}} {{job.run_id}}", "{{secrets/a/b}} {{job.run_id}}"),
        ("{{secrets/a/${param.epochs}}}", "{{secrets/a/20}}"),
        ("", ""),
    ],
)
def test_named_values_are_put_in_and_nothing_else(text: str, value: JsonValue) -> None:
    assert made({"a": [text, 3, None]}) == {"a": [value, 3, None]}


def test_names_of_one_run_stay_in_the_template() -> None:
    template = prepared({"run": "${build} ${image}", "x": "$${build} ${param.note}"})
    assert template == {
        "run": "${build} repo@sha256:1",
        "x": "$${build} a ${$}{build} and ${$}${$} and ${$}{x",
    }
    assert names_in(template) == {"build"}


def test_all_unknown_names_are_reported_with_their_places() -> None:
    with pytest.raises(SettingsError) as error:
        prepared(
            {
                "a": ["${params.lr}", "${nope}"],
                "b": {"c": "${image"},
                "${image}": "d",
                "e": "${__import__('os')}",
            }
        )
    assert error.value.lines() == [
        'job."${image}": names are not substituted, only values',
        "job.a[0]: there is no ${params.lr}; did you mean ${param.lr}?",
        "job.a[1]: there is no ${nope}",
        'job.b.c: "${image" is not closed; write $${ for a ${ of your own',
        "job.e: there is no ${__import__('os')}",
        (
            "known are ${branch}, ${image}, ${param.epochs}, ${param.fast}, ${param.lr}, ${param.note}; "
            "$${ stands for a ${ of your own"
        ),
    ]


@pytest.mark.parametrize("text", ["${secret}", "{${branch}", "x{${branch}}"])
def test_a_value_makes_no_reference_of_databricks(text: str) -> None:
    known: dict[str, Scalar] = {"secret": "{{secrets/prod/key}}", "branch": "{secrets/prod/key}}"}
    with pytest.raises(SettingsError, match=r"job: a value puts \{\{ into it, which Databricks would expand"):
        prepare(text, known, SCOPED.__contains__, "job")


def test_a_name_without_a_value_in_this_run_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"job.x: \$\{mlflow.run_id\} has no value in this run"):
        finish({"x": "${mlflow.run_id}"}, {})


TEXTS = st.text(alphabet=st.sampled_from("${}buildimage.x' \n"), max_size=40) | st.text(max_size=40)


@given(TEXTS, TEXTS, TEXTS)
def test_a_value_arrives_as_it_is_whatever_it_looks_like_and_whatever_stands_beside_it(
    before: str, value: str, after: str
) -> None:
    left, right = (text.replace("$", "").replace("{", "") for text in (before, after))
    known: dict[str, Scalar] = {"param.x": value, "image": "WRONG"}
    try:
        template = prepare(f"{left}${{param.x}}{right}", known, SCOPED.__contains__, "job")
        assert finish(template, {"build": "WRONG", "mlflow.run_id": "WRONG"}) == f"{left}{value}{right}"
    except SettingsError:
        assert "{{" in value


@given(TEXTS)
def test_a_text_without_references_is_sent_as_it_is(text: str) -> None:
    assert finish(as_template(text), {}) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text("abc {}'\"\n"),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner),
    )
)
def test_what_holds_no_dollar_sign_is_not_changed(value: JsonValue) -> None:
    assert made(value) == value
