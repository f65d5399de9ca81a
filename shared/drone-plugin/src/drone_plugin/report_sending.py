"""Reports are sent. What a forge refuses or cannot take is a warning: the work is done by then.

Needs the extra `drone-plugin[http]`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from drone_plugin import forge_gitea, forge_github, forge_gitlab
from drone_plugin.errors import PluginError, UnreachableError
from drone_plugin.http import Proxies, Retry, Waiting, session
from drone_plugin.markdown import shortened
from drone_plugin.report import Nothing, ReportSettings, plan
from drone_plugin.report_text import build_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drone_plugin.certificates import Trust
    from drone_plugin.credential import Credential
    from drone_plugin.forge import Forge, Found
    from drone_plugin.http import Session
    from drone_plugin.report import Destination, Plan
    from drone_plugin.report_text import Comment, Report
    from drone_plugin.running import Step

R = TypeVar("R", bound=ReportSettings)

LONGEST_WARNING: Final = 300
"""Characters of what a forge has to say."""
LOOKS: Final = 3
RETRY: Final = Retry(budget=30.0, attempts=3, every_method=True)
"""A step does not wait long for its report. What was sent twice does no harm: `settle` clears it up."""


def publish(
    step: Step[R], report: Report, trust: Trust, *, plugin: str, waiting: Waiting | None = None
) -> None:
    """Report from a step as its settings say, and say in the log what became of it. Raises nothing.

    `plugin` is the plugin's name; reports of the same repository, plugin, stage and step replace one another.
    """
    try:
        planned = plan(report, step.settings, step.build, plugin=plugin, mask=step.redactor)
    except PluginError as error:
        step.log.warning(f"no report: {error.message}")
        return
    if isinstance(planned, Nothing):
        say = step.log.debug if planned.expected else step.log.warning
        say(f"no report: {planned.reason}")
        return
    proxies = step.proxies()
    for warning in send(planned, trust, step.redactor, proxies=proxies, waiting=waiting):
        step.log.warning(warning)


def send(
    planned: Plan,
    trust: Trust,
    mask: Callable[[str], str],
    *,
    proxies: Proxies | None = None,
    waiting: Waiting | None = None,
) -> list[str]:
    """Send what is planned; what went wrong, without the secrets that `mask` knows."""
    warnings = list(planned.remarks)
    credential = _credential(planned.to)
    with session(trust, credentials=[credential], proxies=proxies, retry=RETRY, waiting=waiting) as opened:
        for part in _parts(planned, _forge(opened, planned.to)):
            try:
                part()
            except PluginError as error:
                message = shortened(mask(error.message), LONGEST_WARNING)
                warnings.append("; ".join(filter(None, [f"the report was not taken: {message}", error.hint])))
                if isinstance(error, UnreachableError):
                    break  # the next part would fare no better, and take as long
    return warnings


def _parts(planned: Plan, forge: Forge) -> Iterator[Callable[[], None]]:
    """What is to be done; to do one of them may be allowed without the other."""
    if planned.status:
        yield partial(forge.set_status, planned.status)
    if planned.comment:
        yield partial(settle, forge, planned.comment)


def settle(forge: Forge, comment: Comment) -> None:
    """Make `comment` the one with its mark.

    Builds may do this at the same time. All of them write into the oldest comment and never delete it, so
    that one is left; what they see to be a later build's they leave to that build; who has written looks
    again. Between seeing and writing there is a moment that no forge offers a lock for: an earlier build may
    still have the last word, and the next build puts that right.
    """
    found = _marked(forge, comment)
    if not found:
        forge.create(comment.body)
        found = _marked(forge, comment)
    for _ in range(LOOKS):
        builds = [build_of(one.body) for one in found]
        if max(builds, default=0) > comment.build or not found or _says(found[0], comment):
            break
        if not forge.update(found[0], comment.body):
            forge.create(comment.body)  # somebody deleted it meanwhile
        found = _marked(forge, comment)
    for other in found[1:]:
        if build_of(other.body) <= comment.build:
            forge.delete(other)


def _says(found: Found, comment: Comment) -> bool:
    return found.body.split() == comment.body.split()


def _marked(forge: Forge, comment: Comment) -> list[Found]:
    """Our comments, the oldest first."""
    found = (one for one in forge.own_comments() if one.body.startswith(comment.mark))
    return sorted(found, key=lambda one: one.order)


def _credential(to: Destination) -> Credential:
    if to.forge == "github":
        return forge_github.credential(to.url, to.token)
    if to.forge == "gitea":
        return forge_gitea.credential(to.url, to.token)
    return forge_gitlab.credential(to.url, to.token)


def _forge(opened: Session, to: Destination) -> Forge:
    if to.forge == "github":
        return forge_github.GitHub(opened, to.url, to.target)
    if to.forge == "gitea":
        return forge_gitea.Gitea(opened, to.url, to.target)
    return forge_gitlab.GitLab(opened, to.url, to.target)
