"""`when:` and `trigger:`."""

import re
from dataclasses import dataclass, field

import yaml

from drone_plugin.testing import goyaml
from drone_plugin.testing.errors import PipelineError
from drone_plugin.testing.spec import BuildSpec

KEYS = ("action", "branch", "cron", "event", "instance", "ref", "repo", "target", "status")
_NOT_RESTATED = {"paths"}


@dataclass(frozen=True)
class Condition:
    """Patterns of one key; no pattern matches everything, an excluded value never."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def matches(self, value: str) -> bool:
        """Whether the value is not excluded, and included or nothing asks for it to be."""
        if any(glob(pattern, value) for pattern in self.exclude):
            return False
        return not self.include or any(glob(pattern, value) for pattern in self.include)

    def __bool__(self) -> bool:
        return bool(self.include or self.exclude)


@dataclass(frozen=True)
class Conditions:
    """The conditions of a step or of a pipeline, by key."""

    by_key: dict[str, Condition] = field(default_factory=dict)

    def match(self, build: BuildSpec, *, instance: str) -> bool:
        """Whether a build meets all of them; `status` is left to the time when the step's turn comes."""
        facts = {
            "action": build.action,
            "branch": build.branch,
            "cron": "",  # the name of the job, which a BuildSpec does not know
            "event": build.event,
            "instance": instance,
            "ref": build.ref,
            "repo": build.repo.slug,
            "target": build.deploy_to,
        }
        return all(self.by_key[key].matches(value) for key, value in facts.items() if key in self.by_key)

    def runs_on(self, *, failing: bool) -> bool:
        """Whether a step runs in a pipeline in this state: by default only while nothing has failed.

        One that asks for failure alone does not run on success, one that asks for both always runs.
        """
        status = self.by_key.get("status")
        if not status:
            return not failing
        if failing:
            return status.matches("failure")
        return status.matches("success") or not status.matches("failure")


def decode_conditions(node: yaml.Node | None) -> Conditions:
    """Decode `when:` or `trigger:`: each key is a word, a list, or `include:` and `exclude:`."""
    entries = goyaml.fields(node)
    unknown = _NOT_RESTATED & entries.keys()
    if unknown:
        raise PipelineError(f"the test kit does not know the condition {', '.join(sorted(unknown))}")
    return Conditions({key: _condition(entries[key]) for key in KEYS if key in entries})


def _condition(node: yaml.Node) -> Condition:
    if isinstance(node, yaml.ScalarNode):
        return Condition(include=(goyaml.text_of(node),))
    if isinstance(node, yaml.SequenceNode):
        return Condition(include=goyaml.texts(node))
    entries = goyaml.fields(node)
    return Condition(goyaml.texts(entries.get("include")), goyaml.texts(entries.get("exclude")))


def glob(pattern: str, text: str) -> bool:
    """bmatcuk/doublestar: `*` and `?` stop at a slash, `**` does not, `{a,b}` is either."""
    return re.fullmatch(_regex(pattern), text, re.DOTALL) is not None


def _regex(pattern: str) -> str:
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|\[[^]]+\]|\{[^{}]*\}|\\.|.", pattern, re.DOTALL)
    return "".join(_token(token) for token in tokens)


def _token(token: str) -> str:
    simple = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in simple:
        return simple[token]
    if token.startswith("[") and len(token) > 1:
        return "[" + token[1:-1].replace("\\", "\\\\") + "]"
    if token.startswith("{") and len(token) > 1:
        return "(?:" + "|".join(_regex(choice) for choice in token[1:-1].split(",")) + ")"
    return re.escape(token[1:] if token.startswith("\\") and len(token) > 1 else token)
