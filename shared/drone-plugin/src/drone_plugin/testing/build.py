"""Builds as Drone's server makes them of GitHub's hooks and of its own API, one function per way."""

from collections.abc import Mapping
from dataclasses import replace

from drone_plugin.testing.spec import Author, BuildSpec, RepoSpec

ZERO = "0" * 40
_SHORT = 12
_REPO, _AUTHOR = RepoSpec(), Author()


def _compare(repo: RepoSpec, before: str, after: str) -> str:
    return f"{repo.link}/compare/{before[:_SHORT]}...{after[:_SHORT]}"


def push(
    commit: str,
    message: str,
    *,
    before: str = ZERO,
    branch: str = "main",
    number: int = 1,
    created: int = 0,
    repo: RepoSpec = _REPO,
    author: Author = _AUTHOR,
) -> BuildSpec:
    """A push whose head commit is `commit`; `before` is all zeros for the first push of a branch."""
    return BuildSpec(
        event="push",
        message=message,
        commit=commit,
        before=before,
        branch=branch,
        source_branch=branch,
        ref=f"refs/heads/{branch}",
        link=_compare(repo, before, commit),
        number=number,
        created=created,
        author=author,
        repo=repo,
    )


def tag(
    name: str,
    commit: str,
    message: str,
    *,
    tag_object: str = "",
    base_branch: str = "main",
    number: int = 1,
    created: int = 0,
    repo: RepoSpec = _REPO,
    author: Author = _AUTHOR,
) -> BuildSpec:
    """A tag; GitHub names the branch only when the commit is the head of one, else `base_branch` is empty.

    `tag_object` is the sha of an annotated tag; only the link shows it.
    """
    pushed = push(
        commit, message, branch=base_branch, number=number, created=created, repo=repo, author=author
    )
    link = _compare(repo, ZERO, tag_object or commit)
    return replace(pushed, event="tag", action="create", ref=f"refs/tags/{name}", link=link)


def pull_request(
    pull: int,
    commit: str,
    *,
    title: str,
    description: str = "",
    before: str = ZERO,
    branch: str = "main",
    source_branch: str = "feature",
    action: str = "opened",
    number: int = 1,
    created: int = 0,
    repo: RepoSpec = _REPO,
    author: Author = _AUTHOR,
) -> BuildSpec:
    """A pull request: its message is the description, or the title where that is empty.

    `commit` is its head, `before` the head of the branch that it wants to change. Of the author, GitHub tells
    the login only.
    """
    return BuildSpec(
        event="pull_request",
        message=description or title,
        title=title,
        commit=commit,
        before=before,
        branch=branch,
        source_branch=source_branch,
        ref=f"refs/pull/{pull}/head",
        link=f"{repo.link}/pull/{pull}",
        number=number,
        action=action,
        created=created,
        author=replace(author, name="", email=""),
        repo=repo,
    )


def promote(
    parent: BuildSpec,
    target: str,
    *,
    number: int,
    params: Mapping[str, str] | None = None,
    by: str = "octocat",
    created: int = 0,
) -> BuildSpec:
    """A promotion: everything but event, target and parameters is the parent's, a pull request's ref too."""
    again = restart(parent, number=number, params=params, by=by, created=created)
    return replace(again, event="promote", deploy_to=target)


def rollback(
    parent: BuildSpec,
    target: str,
    *,
    number: int,
    params: Mapping[str, str] | None = None,
    by: str = "octocat",
    created: int = 0,
) -> BuildSpec:
    """A rollback, which differs from a promotion by its event alone."""
    return replace(
        promote(parent, target, number=number, params=params, by=by, created=created), event="rollback"
    )


def restart(
    parent: BuildSpec,
    *,
    number: int,
    params: Mapping[str, str] | None = None,
    by: str = "octocat",
    debug: bool = False,
    created: int = 0,
) -> BuildSpec:
    """A restart: number, parent, trigger and times alone tell it from the original."""
    return replace(
        parent,
        number=number,
        parent=parent.number,
        trigger=by,
        params={**parent.params, **(params or {})},
        debug=debug,
        created=created,
    )


def custom(
    commit: str,
    message: str,
    *,
    params: Mapping[str, str] | None = None,
    branch: str = "main",
    number: int = 1,
    by: str = "octocat",
    created: int = 0,
    repo: RepoSpec = _REPO,
    author: Author = _AUTHOR,
) -> BuildSpec:
    """A build started by hand; the parameters `message` and `action` are used, and passed on like others."""
    given = dict(params or {})
    pushed = push(
        commit,
        given.get("message") or message,
        before=commit,
        branch=branch,
        number=number,
        created=created,
        repo=repo,
        author=author,
    )
    link = f"{repo.link}/commit/{commit}"
    return replace(
        pushed, event="custom", action=given.get("action", ""), link=link, trigger=by, params=given
    )


def cron(
    commit: str,
    message: str,
    *,
    branch: str = "main",
    number: int = 1,
    created: int = 0,
    repo: RepoSpec = _REPO,
    author: Author = _AUTHOR,
) -> BuildSpec:
    """A build of the branch's head by the clock; nothing names the job."""
    pushed = push(commit, message, branch=branch, number=number, created=created, repo=repo, author=author)
    link = f"{repo.link}/commit/{commit}"
    return replace(pushed, event="cron", before="", source_branch="", link=link, trigger="@cron")
