"""What a commit message asks for, message by message."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from drone_plugin.message import DRONE_CUT, MalformedRequestError, find_request, mentions


@dataclass(frozen=True)
class Asks:
    """The message asks, with these parameters and words."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wrong:
    """The message asks in a way that cannot be read."""

    why: str


ASKS = Asks()
NO = None  # the message does not ask

SQUASH = (
    "Retune the model [train] (#12)\n\n* try a smaller rate\n\n* fix the seed\n\nCo-authored-by: A <a@x.org>"
)
SQUASH_MARKED_BELOW = "Retune the model (#12)\n\n* try a smaller rate [train]\n\n* fix the seed"
TRAILERS = (
    "Retune\n\nLonger explanation.\n\n[train]\n\nSigned-off-by: A <a@x.org>\nCo-authored-by: B <b@x.org>\n"
)
MERGE = "Merge pull request #6 from octocat/feature-a\n\nAdd feature A [train]"
DESCRIPTION = "This adds a feature.\n\nWrite `[train]` to train.\n\n- [ ] tests\n- [x] docs\n"
TEMPLATE = "## What\n\nA feature\n\n## Train?\n\n[train epochs=3]\n"
LONG = "Explain everything\n\n" + "because it matters " * 200

# One message a line.
# fmt: off
MESSAGES: Mapping[str, tuple[str, Asks | Wrong | None]] = {
    # the title
    "alone": ("[train]", ASKS),
    "last word": ("Retune the model [train]", ASKS),
    "first word": ("[train] Retune the model", ASKS),
    "first and last": ("[train] Retune the model [train]", ASKS),
    "explains it, last": ("docs: explain [train]", ASKS),
    "capital letters": ("Retune [TRAIN]", ASKS),
    "mixed case": ("[Train] retune", ASKS),
    "spaces inside": ("Retune [ train ]", ASKS),
    "a tab before": ("Retune\t[train]", ASKS),
    "with a newline at the end": ("Retune [train]\n", ASKS),
    "with spaces around": ("   Retune [train]   \n", ASKS),
    "empty lines before": ("\n\nRetune [train]", ASKS),
    "with carriage returns": ("Retune [train]\r\n\r\nbody\r\n", ASKS),
    "old line ends": ("Retune [train]\rbody", ASKS),
    "emoji before": ("🚀 retune [train]", ASKS),
    "emoji after": ("[train] 🚀", ASKS),
    "conventional commit": ("feat(model)!: deeper network [train]", ASKS),
    "a fixup": ("fixup! Retune the model [train]", ASKS),
    "beside another mark": ("[train] retune [skip docs]", ASKS),
    "behind another mark": ("[skip docs] retune [train]", ASKS),
    "pull request number": ("Retune the model [train] (#12)", ASKS),
    "merge request number": ("Retune the model [train] (!12)", ASKS),
    "two numbers": ("Retune the model [train] (#12) (#13)", ASKS),
    "number glued on": ("Retune the model [train](#12)", ASKS),
    "number before it": ("Retune (#12) [train]", ASKS),
    "in the middle": ("Retune [train] the model", NO),
    "in parentheses": ("Retune the model ([train])", NO),
    "glued to a word": ("Retune[train]", NO),
    "glued to the next word": ("[train]retune", NO),
    "glued to a colon": ("[train]: retune", NO),
    "a full stop behind": ("Retune [train].", NO),
    "an issue, not a number": ("Retune [train] #12", NO),
    "without brackets": ("train", NO),
    "negated": ("Retune [no train]", NO),
    "past tense": ("Retune [trained]", NO),
    "hyphenated": ("Retune [train-later]", NO),
    "pre-train": ("Retune [pre-train]", NO),
    "colon inside": ("Retune [train:gpu]", NO),
    "equals sign inside": ("Retune [train=no]", NO),
    "round brackets": ("Retune (train)", NO),
    "not closed": ("Retune [train", NO),
    "not opened": ("Retune train]", NO),
    "other word": ("Retune [deploy]", NO),
    "empty": ("", NO),
    "only white space": (" \r\n\t\n ", NO),
    "only a number": ("(#12)", NO),
    # quoted in the title
    "in backticks": ("Explain `[train]`", NO),
    "in double quotes": ('Explain "[train]"', NO),
    "in single quotes": ("Explain '[train]'", NO),
    "in curly quotes": ("Explain “[train]”", NO),
    "in angle quotes": ("Explain «[train]»", NO),
    "backticks with more": ("Explain `retune [train]`", NO),
    "double quotes with more": ('Explain "retune [train]"', NO),
    "quoted, first": ("`[train] retune` explained", NO),
    "quoted, then meant": ("Explain `[train]` [train]", ASKS),
    "apostrophes are no quotes": ("Don't drop the model's seed [train]", ASKS),
    "a quotation before": ('Rename "loss" to "objective" [train]', ASKS),
    # reverts
    "revert": ('Revert "Retune the model [train]"', NO),
    "revert, marked behind": ('Revert "Retune the model" [train]', NO),
    "revert in lower case": ('revert "Retune the model" [train]', NO),
    "revert of a revert": ('Revert "Revert "Retune [train]""\n\nThis reverts commit 1234.', NO),
    "reapply": ('Reapply "Retune the model [train]"', NO),
    "revert with its number": ('Revert "Retune the model [train]" (#13)', NO),
    "revert that asks below": ('Revert "Retune the model"\n\n[train]', ASKS),
    "a word that begins like revert": ("Reverted the schedule [train]", ASKS),
    # the body
    "alone on a line": ("Retune\n\n[train]", ASKS),
    "alone, between paragraphs": ("Retune\n\nWhy.\n\n[train]\n\nMore.", ASKS),
    "alone on an indented line": ("Retune\n\n  [train]  ", ASKS),
    "alone, with carriage returns": ("Retune\r\n\r\n[train]\r\n", ASKS),
    "before trailers": (TRAILERS, ASKS),
    "as a trailer": ("Retune\n\nTrain: [train]", NO),
    "in a sentence": ("Retune\n\nWrite [train] to train.", NO),
    "at the end of a line": ("Retune\n\nplease [train]", NO),
    "at the start of a line": ("Retune\n\n[train] please", NO),
    "in a list": ("Retune\n\n- [train]\n* [train]", NO),
    "quoted line": ("Retune\n\n> [train]", NO),
    "in backticks, alone": ("Retune\n\n`[train]`", NO),
    "in quotes, alone": ('Retune\n\n"[train]"', NO),
    "indented by four": ("Retune\n\n    [train]", NO),
    "indented by a tab": ("Retune\n\n\t[train]", NO),
    "indented by a space and a tab": ("Retune\n\n \t[train]", NO),
    "code fence": ("Retune\n\n```\n[train]\n```", NO),
    "code fence with a language": ("Retune\n\n```text\n[train]\n```\n", NO),
    "code fence of tildes": ("Retune\n\n~~~\n[train]\n~~~", NO),
    "longer code fence": ("Retune\n\n````\n```\n[train]\n```\n````", NO),
    "fence that is not closed": ("Retune\n\n```\n[train]", NO),
    "other fence does not close": ("Retune\n\n```\n~~~\n[train]\n```", NO),
    "after a code fence": ("Retune\n\n```\ncode\n```\n[train]", ASKS),
    "after a longer closing fence": ("Retune\n\n```\ncode\n`````\n[train]", ASKS),
    "after code in a line": ("Retune\n\n```code``` is code\n\n[train]", ASKS),
    "a form feed is no line": ("Retune\n\nplease\x0c[train]", NO),
    "a line separator is no line": ("Explain\u2028[train]", NO),
    "in a comment on one line": ("Retune\n\n<!-- [train] -->", NO),
    # what forges make
    "squash merge": (SQUASH, ASKS),
    "squash merge of a marked commit": (SQUASH_MARKED_BELOW, NO),
    "merge commit of a marked title": (MERGE, NO),
    "merge of a branch": ("Merge branch 'train' into main", NO),
    "description that explains": (DESCRIPTION, NO),
    "description that asks": (TEMPLATE, Asks({"epochs": "3"})),
    "cut before the mark": ((LONG + "\n\n[train]")[:DRONE_CUT], NO),
    "cut within the mark": ("Retune\n\n" + "x" * (DRONE_CUT - 13) + "\n[train]"[:5], NO),
    "long, marked above": (("Retune [train]\n\n" + LONG)[:DRONE_CUT], ASKS),
    # parameters
    "a parameter": ("Retune [train lr=0.01]", Asks({"lr": "0.01"})),
    "parameters": ("[train lr=0.01 epochs=20] retune", Asks({"lr": "0.01", "epochs": "20"})),
    "parameters in the body": ("Retune\n\n[train  lr=0.01\tepochs=20]\n", Asks({"lr": "0.01", "epochs": "20"})),
    "parameters between tabs": ("Retune\n\n[train\t\ta=1\t\tb=2\t\tc=3]\n", Asks({"a": "1", "b": "2", "c": "3"})),
    "a hard space between": ("Retune [train\u00a0lr=0.01\u00a0epochs=20]", Asks({"lr": "0.01", "epochs": "20"})),
    "before a number": ("Retune [train lr=0.01] (#12)", Asks({"lr": "0.01"})),
    "a word": ("Retune [train gpu]", Asks(words=("gpu",))),
    "word and parameter": ("Retune [train gpu lr=1]", Asks({"lr": "1"}, ("gpu",))),
    "double quotes": ('Retune [train note="two words"]', Asks({"note": "two words"})),
    "single quotes": ("Retune [train note='two words']", Asks({"note": "two words"})),
    "quoted as a whole": ('Retune [train "note=two words"]', Asks({"note": "two words"})),
    "bracket in quotes": ('Retune [train layers="[64, 32]"]', Asks({"layers": "[64, 32]"})),
    "empty value": ("Retune [train note=]", Asks({"note": ""})),
    "equals sign in a value": ("Retune [train where=a=b]", Asks({"where": "a=b"})),
    "unusual names": ("Retune [train model.depth=3 lr-max=1]", Asks({"model.depth": "3", "lr-max": "1"})),
    "no shell": ("Retune [train note=$(id) x=`id`]", Asks({"note": "$(id)", "x": "`id`"})),
    "case of values kept": ("Retune [TRAIN Model=Large]", Asks({"Model": "Large"})),
    "quote not closed": ('Retune [train note="two words]', Wrong('a quote is not closed in [note="two words]')),
    "apostrophe": ("Retune [train note=don't]", Wrong("a quote is not closed in [note=don't]")),
    "quote not closed, below": ("Retune\n\n[train note='x]", Wrong("a quote is not closed in [note='x]")),
    "given twice": ("Retune [train lr=1 lr=2]", Wrong("lr is given twice")),
    "no name": ("Retune [train =1]", Wrong("=1 has no name before =")),
}
# fmt: on


@pytest.mark.parametrize(("message", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_asks_or_does_not(message: str, expected: Asks | Wrong | None) -> None:
    if isinstance(expected, Wrong):
        with pytest.raises(MalformedRequestError) as caught:
            find_request(message, "train")
        assert str(caught.value) == expected.why
        return

    request = find_request(message, "train")

    assert expected == (request and Asks(dict(request.parameters), request.words))


@pytest.mark.parametrize("keyword", ["deploy", "c++", "a.b", "train:gpu", "re-train"])
def test_any_word_can_be_the_keyword(keyword: str) -> None:
    assert find_request(f"Do it [{keyword}]", keyword) is not None
    assert find_request("Do it [aXb] [train]", keyword) is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Explain `[train]` here", True),
        ("Explain [train lr=1] here", True),
        ('Revert "x [TRAIN]"', True),
        ("> [ train ]", True),
        ("[trained] [no train] train", False),
        ("", False),
    ],
)
def test_a_mention_is_told_from_silence(message: str, *, expected: bool) -> None:
    assert mentions(message, "train") is expected


HOSTILE = {
    "spaces": "[train" + " " * DRONE_CUT + "x",
    "spaces in the body": "x\n[train" + " " * DRONE_CUT + "x",
    "many": "[train " * (DRONE_CUT // 7),
    "many quotes": '[train " ' * (DRONE_CUT // 9),
    "many words": "[train" + " a=1" * (DRONE_CUT // 4),
    "numbers": "(#1)" * (DRONE_CUT // 4) + "x",
    "spaces before a number": "x" + " " * DRONE_CUT + "(#",
    "curly quotes": "“" * DRONE_CUT,
    "brackets": "[" * DRONE_CUT,
    "fences": "x\n" + "```\n" * (DRONE_CUT // 4),
}
MEGABYTE = 1 << 20


@pytest.mark.parametrize("shape", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("size", [DRONE_CUT, MEGABYTE])
def test_no_message_keeps_a_step_busy(shape: str, size: int) -> None:
    """Woodpecker does not cut messages; a megabyte is more than any environment holds."""
    middle = len(shape) // 2
    message = shape[:middle] + shape[middle : middle + 8] * (max(0, size - len(shape)) // 8) + shape[middle:]
    start = time.process_time()

    request = find_request(message, "train")
    mentions(message, "train")

    assert request is None
    assert time.process_time() - start < 1
