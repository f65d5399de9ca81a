"""Woodpecker names the commit of the last build of the branch, whatever that was of."""

from .conftest import Forge, Scanner


def about(sha: str, before: str, **more: str) -> dict[str, str]:
    """A push to main."""
    return {
        "CI_PIPELINE_EVENT": "push",
        "CI_COMMIT_SHA": sha,
        "CI_PREV_COMMIT_SHA": before,
        "CI_COMMIT_BRANCH": "main",
        "CI_COMMIT_REF": "refs/heads/main",
        **more,
    }


def test_a_push_has_the_commits_since_the_last_build_scanned(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "NEEDLE of old\n"})
    new = forge.repository.commit("new", {"b.txt": "NEEDLE\n"})
    clone = forge.clone("refs/heads/main")

    found = scan(clone.path, **about(new, old))

    assert found.words == f"1 commit pushed to main, {old[:8]}..{new[:8]}"
    assert found.where("NEEDLE") == [("b.txt", new)]


def test_a_last_build_of_a_pull_request_is_not_where_the_branch_stood(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    forge.repository.git("checkout", "-q", "-b", "feature")
    feature = forge.repository.commit("feature", {"b.txt": "NEEDLE\n"})
    forge.repository.git("checkout", "-q", "main")
    forge.repository.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
    merge = forge.repository.git("rev-parse", "HEAD")
    clone = forge.clone("refs/heads/main")

    found = scan(clone.path, **about(merge, feature))

    assert found.words == f"2 commits pushed to main, {old[:8]}..{merge[:8]}"
    assert found.where("NEEDLE") == [("b.txt", feature)]


def test_the_commits_of_a_pull_request_are_those_that_its_target_has_not(forge: Forge, scan: Scanner) -> None:
    base = forge.repository.commit("base", {"a.txt": "a\n"})
    forge.repository.git("checkout", "-q", "-b", "feature")
    first = forge.repository.commit("first", {"b.txt": "NEEDLE\n"})
    head = forge.repository.commit("second", {"b.txt": "b\n"})
    forge.repository.git("update-ref", "refs/pull/7/head", head)
    clone = forge.clone("refs/pull/7/head")
    more = {
        "CI_PIPELINE_EVENT": "pull_request",
        "CI_COMMIT_REF": "refs/pull/7/head",
        "CI_COMMIT_TARGET_BRANCH": "main",
        "CI_COMMIT_SOURCE_BRANCH": "feature",
        "CI_REPO_CLONE_URL": forge.url,
    }

    found = scan(clone.path, **about(head, first, **more))

    assert found.words == f"2 commits of the pull request into main, since {base[:8]}"
    assert found.where("NEEDLE") == [("b.txt", first)]


def test_the_clone_of_one_commit_without_its_history_is_completed(forge: Forge, scan: Scanner) -> None:
    """So does its clone step by default: depth 1, and of older commits not even the lists of files."""
    old = forge.repository.commit("old", {"a.txt": "NEEDLE of old\n", "d/c.txt": "c\n"})
    added = forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    new = forge.repository.commit("remove", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main", depth=1, options="--filter=tree:0")

    found = scan(clone.path, **about(new, old, CI_REPO_CLONE_URL=forge.url))

    assert found.words == f"2 commits pushed to main, {old[:8]}..{new[:8]}"
    assert found.where("NEEDLE") == [("b.txt", added)]


def test_a_restarted_build_has_what_may_be_new_scanned(forge: Forge, scan: Scanner) -> None:
    """The last build of the branch was of this very commit."""
    added = forge.repository.commit("add", {"a.txt": "NEEDLE\n"})
    new = forge.repository.commit("new", {"a.txt": "a\n"})
    clone = forge.clone("refs/heads/main")

    found = scan(clone.path, **about(new, new))

    assert found.words == "the whole history of main, 2 commits"
    assert found.where("NEEDLE") == [("a.txt", added)]
