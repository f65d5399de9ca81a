"""Kinds of secrets in all their places, made when the tests run."""

import pytest

from kit.secrets.draw import chance
from kit.secrets.look import look, rules
from kit.secrets.matrix import CONTEXTS, Planted, matrix
from kit.secrets.sample import sample
from secret_scan.detectors import Detector, all_detectors
from secret_scan.detectors.base import Form
from secret_scan.detectors.forms import FORMS

# Hex digits and letters that only a name makes a secret, in a line without a name.
NAMELESS = {
    "aws-secret-key",
    "wandb-key",
    "kaggle-key",
    "drone-token",
    "woodpecker-secret",
    "assigned-secret",
}
SEEDS = (1, 2, 3)


def is_nameless(planted: Planted) -> bool:
    return (
        planted.context == "bare"
        and planted.kind.rule in NAMELESS
        and not planted.value.startswith("wandb_v1_")
    )


@pytest.mark.parametrize("context", [context.name for context in CONTEXTS])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_is_found_once_by_its_own_rule(seed: int, context: str) -> None:
    planted = [each for each in matrix(seed) if each.context == context and not is_nameless(each)]
    wrong = {
        each.path: found for each in planted if (found := rules(each.text, each.path)) != [each.kind.rule]
    }
    assert wrong == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_two_secrets_of_a_kind_never_have_the_same_value(seed: int) -> None:
    """detect-secrets reports the prefix of a token for the token: one baseline entry covers all (its 858)."""
    values = [seen.value for each in matrix(seed) for seen in look(each.text, each.path)]
    assert len(set(values)) == len(values)


FREE = [form for form in FORMS if form.check is None]


@pytest.mark.parametrize("form", FREE, ids=[f"{form.rule}-{n}" for n, form in enumerate(FREE)])
def test_what_has_the_form_of_a_token_is_found_where_it_is_quoted(form: Form) -> None:
    random = chance(form.body)
    texts = [f'x = "{sample(form.body, random)}"' for _ in range(20)]
    found = [form.rule in rules(text) for text in texts]
    assert sum(found) >= 18, texts  # chance may draw a run, or what is an older form as well


@pytest.mark.parametrize(
    "detector",
    [each for each in all_detectors() if type(each) is Detector and each.keywords],
    ids=lambda each: each.rule,
)
def test_every_text_of_a_form_has_one_of_its_keywords(detector: Detector) -> None:
    random = chance(detector.rule)
    samples = [sample(detector.trigger, random).lower() for _ in range(50)]
    assert all(any(keyword in text for keyword in detector.keywords) for text in samples)


def test_every_rule_has_one_kind_and_a_name_that_can_be_written_in_a_setting() -> None:
    kinds: dict[str, set[str]] = {}
    for detector in all_detectors():
        kinds.setdefault(detector.rule, set()).add(detector.kind)
    assert {rule: names for rule, names in kinds.items() if len(names) > 1} == {}
    assert all(set(rule) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for rule in kinds)
