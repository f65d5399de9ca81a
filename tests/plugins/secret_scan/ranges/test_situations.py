"""What each kind of build has scanned: the situation, the range in words, and what was found in it.

`NEEDLE` stands for a secret: these tests are about what is read, not about what is known of secrets.
"""

import subprocess

import pytest

from drone_plugin.git import MissingObjectError
from secret_scan.ranges.situations import LOOK_BACK

from .conftest import ZEROS, Forge, Scanner


def test_a_push_has_its_own_commits_scanned(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "NEEDLE of old\n"})
    added = forge.repository.commit("add", {"b.txt": "NEEDLE\n", "c.txt": "c\n"})
    new = forge.repository.commit("remove", {"b.txt": "nothing\n"})
    clone = forge.clone("refs/heads/main")

    found = scan(clone.path, BUILD_EVENT="push", COMMIT_SHA=new, COMMIT_BEFORE=old, BRANCH="main")

    assert found.words == f"2 commits pushed to main, {old[:8]}..{new[:8]}"
    assert found.where("NEEDLE") == [("b.txt", added)]
    assert (found.paths, found.messages) == (["b.txt", "b.txt", "c.txt"], ["add", "remove"])
    assert found.notes == ()


def test_what_only_a_merge_commit_brings_is_found_in_it(forge: Forge, scan: Scanner) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n", "b.txt": "b\n"})
    forge.repository.git("checkout", "-q", "-b", "side")
    side = forge.repository.commit("side", {"s.txt": "NEEDLE of side\n"})
    forge.repository.git("checkout", "-q", "main")
    forge.repository.commit("ours", {"a.txt": "aa\n"})
    forge.repository.git("merge", "-q", "--no-commit", "side")
    merge = forge.repository.commit("merge", {"a.txt": "NEEDLE changed\n", "evil.txt": "NEEDLE new\n"})
    clone = forge.clone("refs/heads/main")

    found = scan(clone.path, BUILD_EVENT="push", COMMIT_SHA=merge, COMMIT_BEFORE=old, BRANCH="main")

    assert sorted(found.where("NEEDLE")) == [("a.txt", merge), ("evil.txt", merge), ("s.txt", side)]
    assert found.paths == ["a.txt", "a.txt", "evil.txt", "s.txt"]


def test_a_force_push_whose_old_commit_the_forge_still_has_brings_what_that_had_not(
    forge: Forge, scan: Scanner
) -> None:
    first = forge.repository.commit("first", {"a.txt": "NEEDLE of first\n"})
    old = forge.repository.commit("old", {"b.txt": "b\n"})
    forge.repository.git("reset", "-q", "--hard", first)
    new = forge.repository.commit("new", {"b.txt": "NEEDLE\n"})
    clone = forge.clone("refs/heads/main")
    about = {"BUILD_EVENT": "push", "COMMIT_SHA": new, "COMMIT_BEFORE": old, "BRANCH": "main"}

    found = scan(clone.path, **about, GIT_HTTP_URL=forge.url)

    assert found.words == f"1 commit pushed to main, {old[:8]}..{new[:8]}, a force push"
    assert found.where("NEEDLE") == [("b.txt", new)]


def test_a_force_push_over_a_commit_that_is_gone_has_more_scanned(forge: Forge, scan: Scanner) -> None:
    first = forge.repository.commit("first", {"a.txt": "NEEDLE of first\n"})
    new = forge.repository.commit("new", {"b.txt": "NEEDLE\n"})
    clone = forge.clone("refs/heads/main")
    about = {"BUILD_EVENT": "push", "COMMIT_SHA": new, "COMMIT_BEFORE": "f" * 40, "BRANCH": "main"}

    found = scan(clone.path, **about, GIT_HTTP_URL=forge.url)

    assert found.words == "the whole history of main, 2 commits"
    assert found.where("NEEDLE") == [("a.txt", first), ("b.txt", new)]
    assert "main stood at ffffffff before, which is gone" in " ".join(found.notes)


def test_a_branch_that_was_moved_back_has_its_head_scanned(forge: Forge, scan: Scanner) -> None:
    back = forge.repository.commit("back", {"a.txt": "NEEDLE\n"})
    old = forge.repository.commit("old")
    clone = forge.clone("refs/heads/main")

    found = scan(clone.path, BUILD_EVENT="push", COMMIT_SHA=back, COMMIT_BEFORE=old, BRANCH="main")

    assert found.words == f"the commit {back[:8]} alone: main was moved back to it, so none is new"
    assert found.where("NEEDLE") == [("a.txt", back)]


def test_a_new_branch_brings_what_the_default_branch_has_not(forge: Forge, scan: Scanner) -> None:
    forge.repository.commit("one", {"a.txt": "NEEDLE of main\n"})
    forge.repository.git("checkout", "-q", "-b", "feature")
    added = forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    new = forge.repository.commit("remove", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/feature")
    about = {"BUILD_EVENT": "push", "COMMIT_SHA": new, "COMMIT_BEFORE": ZEROS, "BRANCH": "feature"}

    found = scan(clone.path, **about, GIT_HTTP_URL=forge.url)

    assert found.words == "2 commits of feature that main has not"
    assert found.where("NEEDLE") == [("b.txt", added)]
    assert found.where("feature") == [("branch name", "")]


def test_a_new_branch_without_a_way_to_the_default_branch_has_more_scanned(
    forge: Forge, scan: Scanner
) -> None:
    old = forge.repository.commit("one", {"a.txt": "NEEDLE of main\n"})
    forge.repository.git("checkout", "-q", "-b", "feature")
    new = forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    clone = forge.clone("refs/heads/feature")
    forge.refuse()
    about = {"BUILD_EVENT": "push", "COMMIT_SHA": new, "COMMIT_BEFORE": ZEROS, "BRANCH": "feature"}

    found = scan(clone.path, **about, GIT_HTTP_URL=forge.url)

    assert found.words == "the whole history of feature, 2 commits"
    assert found.where("NEEDLE") == [("a.txt", old), ("b.txt", new)]
    assert found.notes[0].startswith("main is not in the clone: ")


def test_a_new_branch_without_new_commits_has_its_head_scanned(forge: Forge, scan: Scanner) -> None:
    head = forge.repository.commit("one", {"a.txt": "NEEDLE\n"})
    forge.repository.git("branch", "feature")
    clone = forge.clone("refs/heads/feature")
    about = {"BUILD_EVENT": "push", "COMMIT_SHA": head, "COMMIT_BEFORE": ZEROS, "BRANCH": "feature"}

    found = scan(clone.path, **about, GIT_HTTP_URL=forge.url)

    assert found.words == f"the commit {head[:8]} of feature alone: main has it already"
    assert found.where("NEEDLE") == [("a.txt", head)]


def test_a_push_of_which_nobody_says_where_the_branch_stood_has_its_history_scanned(
    forge: Forge, scan: Scanner
) -> None:
    """Gogs never says it."""
    added = forge.repository.commit("add", {"a.txt": "NEEDLE\n"})
    new = forge.repository.commit("remove", {"a.txt": "a\n"})
    clone = forge.clone("refs/heads/main")

    found = scan(clone.path, BUILD_EVENT="push", COMMIT_SHA=new, BRANCH="main")

    assert found.words == "the whole history of main, 2 commits"
    assert found.where("NEEDLE") == [("a.txt", added)]
    assert found.notes == ("nobody says where main stood before",)


def test_of_a_long_history_the_last_commits_and_all_files_are_scanned(forge: Forge, scan: Scanner) -> None:
    commits = "".join(
        f"commit refs/heads/main\ncommitter a <a@b> {number} +0000\ndata 1\nc\n"
        f"M 100644 inline f{number % 3}\ndata 7\nNEEDLE\nM 100644 inline n\ndata <<E\n{number}\nE\n\n"
        for number in range(LOOK_BACK + 5)
    )
    command = ["git", "fast-import", "--quiet"]
    subprocess.run(command, cwd=forge.repository.path, input=commits.encode(), check=True)
    head = forge.repository.git("rev-parse", "main")

    found = scan(forge.repository.path, BUILD_EVENT="push", COMMIT_SHA=head, BRANCH="main")

    assert found.words == f"the last {LOOK_BACK} commits of main, and all its files"
    assert found.where("NEEDLE") == [(f"f{number}", head) for number in range(3)]
    assert len(found.messages) == LOOK_BACK


def test_a_pull_request_brings_what_its_target_has_not(forge: Forge, scan: Scanner) -> None:
    base = forge.repository.commit("base", {"a.txt": "NEEDLE of base\n"})
    forge.repository.git("checkout", "-q", "-b", "feature")
    added = forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    head = forge.repository.commit("remove", {"b.txt": "b\n"})
    forge.repository.git("update-ref", "refs/pull/7/head", head)
    forge.repository.git("checkout", "-q", "main")
    main = forge.repository.commit("main goes on", {"c.txt": "NEEDLE of main\n"})
    clone = forge.clone_merged(head)
    about = {"BUILD_EVENT": "pull_request", "COMMIT_REF": "refs/pull/7/head", "SOURCE_BRANCH": "feature"}

    found = scan(clone.path, **about, COMMIT_SHA=head, COMMIT_BEFORE=main, BRANCH="main")

    assert found.words == f"2 commits of the pull request into main, since {base[:8]}"
    assert found.where("NEEDLE") == [("b.txt", added)]
    assert found.where("feature") == [("branch name", "")]
    assert found.base == base


@pytest.mark.parametrize("event", ["pull_request", "promote"])
def test_a_pull_request_that_is_merged_by_now_is_told_by_where_its_target_stood(
    forge: Forge, scan: Scanner, event: str
) -> None:
    base = forge.repository.commit("base", {"a.txt": "a\n"})
    forge.repository.git("checkout", "-q", "-b", "feature")
    head = forge.repository.commit("add", {"b.txt": "NEEDLE\n"})
    forge.repository.git("update-ref", "refs/pull/7/head", head)
    forge.repository.git("checkout", "-q", "main")
    forge.repository.git("merge", "-q", "--no-ff", "feature")
    clone = forge.clone_merged(head)
    about = {"BUILD_EVENT": event, "COMMIT_REF": "refs/pull/7/head", "COMMIT_BEFORE": base}

    found = scan(clone.path, **about, COMMIT_SHA=head, BRANCH="main")

    assert found.where("NEEDLE") == [("b.txt", head)]
    assert found.notes == ("main has the commits of the pull request by now",)


def test_a_tag_brings_its_name_its_message_and_what_the_default_branch_has_not(
    forge: Forge, scan: Scanner
) -> None:
    forge.repository.commit("one", {"a.txt": "NEEDLE of main\n"})
    forge.repository.git("checkout", "-q", "--detach")
    released = forge.repository.commit("release", {"version": "NEEDLE\n"})
    forge.repository.git("tag", "-a", "v1-NEEDLE", "-m", "NEEDLE of the tag")
    clone = forge.clone("refs/tags/v1-NEEDLE")
    about = {"BUILD_EVENT": "tag", "COMMIT_REF": "refs/tags/v1-NEEDLE", "COMMIT_BEFORE": ZEROS}

    found = scan(clone.path, **about, COMMIT_SHA=released, GIT_HTTP_URL=forge.url)

    assert found.words == "1 commit of v1-NEEDLE that main has not"
    assert found.where("NEEDLE") == [("tag name", ""), ("tag message", ""), ("version", released)]


def test_the_commit_of_an_annotated_tag_may_be_the_tag_itself(forge: Forge, scan: Scanner) -> None:
    """Gogs calls it so, and the tag's name the branch."""
    head = forge.repository.commit("one", {"a.txt": "a\n"})
    forge.repository.git("tag", "-a", "v1", "-m", "NEEDLE of the tag")
    tag = forge.repository.git("rev-parse", "v1")
    clone = forge.clone("refs/tags/v1")
    about = {"BUILD_EVENT": "tag", "COMMIT_REF": "refs/tags/v1", "BRANCH": "v1", "TAG": "v1"}

    found = scan(clone.path, **about, COMMIT_SHA=tag, GIT_HTTP_URL=forge.url)

    assert found.words == f"the commit {head[:8]} of v1 alone: main has it already"
    assert found.where("NEEDLE") == [("tag message", "")]
    assert [item.origin for item in found.items] == ["ref", "message", "message", "blob"]


@pytest.mark.parametrize("event", ["cron", "custom", "promote", "rollback"])
def test_a_build_that_brings_nothing_has_all_files_of_its_commit_scanned(
    forge: Forge, scan: Scanner, event: str
) -> None:
    forge.repository.commit("one", {"a.txt": "NEEDLE\n"})
    head = forge.repository.commit("two", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main")

    found = scan(clone.path, BUILD_EVENT=event, COMMIT_SHA=head, BRANCH="main")

    assert found.words == f"all files of {head[:8]}: a build by {event} brings no commits"
    assert found.where("NEEDLE") == [("a.txt", head)]
    assert (found.paths, found.messages) == (["a.txt", "b.txt"], ["two"])


@pytest.mark.parametrize("event", ["push", "promote", "rollback"])
def test_a_build_that_is_started_again_has_the_same_scanned(forge: Forge, scan: Scanner, event: str) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    head = forge.repository.commit("new", {"b.txt": "NEEDLE\n"})
    forge.repository.commit("later", {"c.txt": "NEEDLE later\n"})
    clone = forge.clone("refs/heads/main", checkout=head)
    about = {"BUILD_EVENT": event, "BUILD_PARENT": "7", "COMMIT_BEFORE": old}

    found = scan(clone.path, **about, COMMIT_SHA=head, BRANCH="main")

    assert found.where("NEEDLE") == [("b.txt", head)]


def test_a_build_that_names_no_commit_has_the_work_tree_scanned(forge: Forge, scan: Scanner) -> None:
    """So does `drone exec`."""
    forge.repository.commit("one", {"a.txt": "a\n"})
    clone = forge.clone("refs/heads/main")
    (clone.path / "new.txt").write_text("NEEDLE\n")

    found = scan(clone.path, BUILD_EVENT="push", BRANCH="main")

    assert found.words == "the work tree, 2 files"
    assert found.where("NEEDLE") == [("new.txt", "")]


def test_a_commit_that_nobody_has_is_an_error(forge: Forge, scan: Scanner) -> None:
    forge.repository.commit("one")
    clone = forge.clone("refs/heads/main")

    with pytest.raises(MissingObjectError, match=r"the clone has no commit eeee.*cannot be fetched"):
        scan(clone.path, BUILD_EVENT="push", COMMIT_SHA="e" * 40, BRANCH="main", GIT_HTTP_URL=forge.url)
