"""Clones whose history is cut: completed, where the forge can be asked, and never taken for the whole."""

import pytest

from drone_plugin.git import MissingObjectError
from drone_plugin.git_login import Login

from .conftest import ZEROS, Forge, Scanner


def about(sha: str, before: str, forge: Forge | None = None) -> dict[str, str]:
    """A push to main."""
    said = {"BUILD_EVENT": "push", "COMMIT_SHA": sha, "COMMIT_BEFORE": before, "BRANCH": "main"}
    return said | ({"GIT_HTTP_URL": forge.url} if forge else {})


def test_what_was_pushed_is_fetched(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "NEEDLE of old\n"})
    added = forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    new = forge.repository.commit("remove", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main", depth=1)

    found = scan(clone.path, **about(new, old, forge))

    assert found.words == f"2 commits pushed to main, {old[:8]}..{new[:8]}"
    assert found.where("NEEDLE") == [("b.txt", added)]
    assert clone.git("rev-list", "--count", "HEAD") == "1", "the workspace stays as it was"


def test_the_login_of_the_platform_is_used_for_it(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    new = forge.repository.commit("remove", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main", depth=1)
    forge.server.login = ("t0k3n", "x-oauth-basic")

    found = scan(clone.path, login=Login("127.0.0.1", "t0k3n", "x-oauth-basic"), **about(new, old, forge))

    assert found.words == f"2 commits pushed to main, {old[:8]}..{new[:8]}"


def test_commits_beyond_the_cut_that_cannot_be_fetched_are_an_error(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    new = forge.repository.commit("remove", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main", depth=1)
    forge.refuse()

    with pytest.raises(MissingObjectError, match=f"cut at {new[:8]}, among what is new.*refuses") as caught:
        scan(clone.path, **about(new, old, forge))
    assert "clone.depth" in caught.value.hint


def test_a_cut_right_after_where_the_branch_stood_hides_nothing(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "NEEDLE of old\n"})
    new = forge.repository.commit("new", {"b.txt": "NEEDLE\n"})
    clone = forge.clone("refs/heads/main", depth=1)

    found = scan(clone.path, **about(new, old))

    assert found.where("NEEDLE") == [("a.txt", new), ("b.txt", new)]
    assert found.notes[-1].startswith("the clone's history is cut just there: all files")


def test_a_cut_before_where_the_branch_stood_means_nothing(forge: Forge, scan: Scanner) -> None:
    forge.repository.commit("older", {"a.txt": "NEEDLE of old\n"})
    old = forge.repository.commit("old", {"c.txt": "c\n"})
    new = forge.repository.commit("new", {"b.txt": "NEEDLE\n"})
    clone = forge.clone("refs/heads/main", depth=2)
    forge.refuse()

    found = scan(clone.path, **about(new, old, forge))

    assert found.where("NEEDLE") == [("b.txt", new)]
    assert found.notes == ()


@pytest.mark.parametrize("before", ["", ZEROS])
def test_with_nobody_to_say_what_is_new_a_cut_is_an_error(forge: Forge, scan: Scanner, before: str) -> None:
    forge.repository.commit("old", {"a.txt": "NEEDLE\n"})
    new = forge.repository.commit("new", {"a.txt": "a\n"})
    clone = forge.clone("refs/heads/main", depth=1)

    with pytest.raises(MissingObjectError, match="nobody says where the clone came from"):
        scan(clone.path, **about(new, before))


@pytest.mark.parametrize("before", ["", ZEROS])
def test_a_merge_of_what_was_cut_off_is_an_error(forge: Forge, scan: Scanner, before: str) -> None:
    """The last build's commit is one parent of the merge, and the other one is beyond the cut."""
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    forge.repository.git("checkout", "-q", "-b", "side")
    forge.repository.commit("side", {"s.txt": "NEEDLE\n"})
    forge.repository.git("checkout", "-q", "main")
    forge.repository.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    new = forge.repository.git("rev-parse", "HEAD")
    clone = forge.clone("refs/heads/main", depth=1)

    with pytest.raises(MissingObjectError, match="is cut"):
        scan(clone.path, **about(new, before or old))


def test_a_pull_request_is_completed_to_where_it_began(forge: Forge, scan: Scanner) -> None:
    base = forge.repository.commit("base", {"a.txt": "NEEDLE of base\n"})
    forge.repository.git("checkout", "-q", "-b", "feature")
    added = forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    head = forge.repository.commit("remove", {"b.txt": "b\n"})
    forge.repository.git("update-ref", "refs/pull/7/head", head)
    forge.repository.git("checkout", "-q", "main")
    for number in range(3):
        main = forge.repository.commit(f"main {number}", {"c.txt": f"{number}\n"})
    clone = forge.clone("refs/heads/main", checkout="main", depth=1)
    clone.git("fetch", "-q", "--depth=1", "origin", "refs/pull/7/head:")
    pull = {"BUILD_EVENT": "pull_request", "COMMIT_REF": "refs/pull/7/head", "COMMIT_BEFORE": main}

    found = scan(clone.path, **about(head, main, forge) | pull)

    assert found.words == f"2 commits of the pull request into main, since {base[:8]}"
    assert (found.where("NEEDLE"), found.base) == ([("b.txt", added)], base)


def test_the_history_is_completed(forge: Forge, scan: Scanner) -> None:
    first = forge.repository.commit("first", {"a.txt": "NEEDLE\n"})
    forge.repository.commit("second", {"a.txt": "a\n"})
    clone = forge.clone("refs/heads/main", depth=1)

    assert scan(clone.path, "history", GIT_HTTP_URL=forge.url).where("NEEDLE") == [("a.txt", first)]


def test_a_history_that_cannot_be_completed_is_an_error(forge: Forge, scan: Scanner) -> None:
    forge.repository.commit("first", {"a.txt": "NEEDLE\n"})
    forge.repository.commit("second", {"a.txt": "a\n"})
    clone = forge.clone("refs/heads/main", depth=1)

    with pytest.raises(MissingObjectError, match="history is cut, and cannot be completed"):
        scan(clone.path, "history")


def test_contents_that_a_partial_clone_left_out_are_fetched(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    added = forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    new = forge.repository.commit("remove", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main", options="--filter=blob:none")

    found = scan(clone.path, **about(new, old, forge))

    assert (found.where("NEEDLE"), found.unreadable) == ([("b.txt", added)], ())


def test_contents_that_nobody_has_are_named(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    new = forge.repository.commit("remove", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main", options="--filter=blob:none")
    forge.refuse()

    found = scan(clone.path, **about(new, old, forge))

    assert [path for path, _ in found.unreadable] == ["b.txt"]
    assert found.unreadable[0][1].startswith("the clone lacks its content: ")


def test_a_forge_that_does_not_answer_is_asked_once(forge: Forge, scan: Scanner) -> None:
    forge.repository.commit("one", {"a.txt": "a\n"})
    forge.repository.git("checkout", "-q", "-b", "feature")
    new = forge.repository.commit("two", {"b.txt": "NEEDLE\n"})
    clone = forge.clone("refs/heads/feature")
    nowhere = "http://127.0.0.1:9/repository"

    found = scan(clone.path, **about(new, "f" * 40) | {"BRANCH": "feature", "GIT_HTTP_URL": nowhere})

    assert found.words == "the whole history of feature, 2 commits"
    assert all("cannot be fetched" in note for note in found.notes)
