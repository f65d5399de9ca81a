"""What an item says of where it came from, and what is one at all."""

from kit.drone.fixtures import GitRepository

from .conftest import Scanner


def test_an_item_names_the_commit_that_brought_it(git_repository: GitRepository, scan: Scanner) -> None:
    old = git_repository.commit("old", {"a.txt": "a\n"})
    git_repository.git("config", "i18n.commitEncoding", "ISO-8859-1")
    head = git_repository.commit("new\n\nbody NEEDLE\n", {"b.txt": "NEEDLE\n"})
    date = git_repository.git("log", "-1", "--format=%aI")

    found = scan(git_repository.path, BUILD_EVENT="push", COMMIT_SHA=head, COMMIT_BEFORE=old)
    message, blob = (item for item in found.items if item.origin in {"message", "blob"})

    assert (message.path, message.commit, message.author_date) == ("commit message", head, date)
    assert (blob.path, blob.commit, blob.author_date, blob.size) == ("b.txt", head, date, len("NEEDLE\n"))
    assert blob.blob == git_repository.git("rev-parse", "HEAD:b.txt")
    assert found.texts[found.items.index(message)] == "new\n\nbody NEEDLE\n"


def test_a_file_that_comes_back_is_read_once_and_named_with_its_first_commit(
    git_repository: GitRepository, scan: Scanner
) -> None:
    old = git_repository.commit("old")
    first = git_repository.commit("first", {"a.txt": "NEEDLE\n"})
    git_repository.commit("away", {"a.txt": "a\n"})
    head = git_repository.commit("back", {"a.txt": "NEEDLE\n"})

    found = scan(git_repository.path, BUILD_EVENT="push", COMMIT_SHA=head, COMMIT_BEFORE=old)

    assert found.where("NEEDLE") == [("a.txt", first)]


def test_a_content_is_read_under_each_of_its_names(git_repository: GitRepository, scan: Scanner) -> None:
    """Of two, one may be excluded."""
    old = git_repository.commit("old")
    head = git_repository.commit("two", {"docs/a.txt": "NEEDLE\n", "src/a.txt": "NEEDLE\n"})
    about = {"BUILD_EVENT": "push", "COMMIT_SHA": head, "COMMIT_BEFORE": old}

    assert scan(git_repository.path, exclude=("docs/**",), **about).where("NEEDLE") == [("src/a.txt", head)]


def test_a_change_of_mode_brings_nothing(git_repository: GitRepository, scan: Scanner) -> None:
    old = git_repository.commit("old", {"a.sh": "NEEDLE\n"})
    (git_repository.path / "a.sh").chmod(0o755)
    head = git_repository.commit("executable")

    assert scan(git_repository.path, BUILD_EVENT="push", COMMIT_SHA=head, COMMIT_BEFORE=old).paths == []


def test_names_of_new_files_are_items_when_they_are_long_enough(
    git_repository: GitRepository, scan: Scanner
) -> None:
    long = "a-long-name-of-a-file.txt"
    old = git_repository.commit("old", {f"old-{long}": "a\n"})
    head = git_repository.commit(
        "new", {long: "a\n", "short.txt": "a\n", f"old-{long}": "b\n", f"{long}2/x": "a\n"}
    )
    about = {"BUILD_EVENT": "push", "COMMIT_SHA": head, "COMMIT_BEFORE": old}

    found = scan(git_repository.path, exclude=("*2/**",), **about)

    assert [(item.path, item.commit) for item in found.items if item.origin == "name"] == [(long, head)]
    assert found.where(long) == [(long, head)]


def test_the_work_tree_has_sizes_and_names(git_repository: GitRepository, scan: Scanner) -> None:
    git_repository.commit("one", {"a.txt": "NEEDLE\n", "a-rather-long-name.txt": ""})

    found = scan(git_repository.path, "tree")

    assert found.words == "the work tree, 2 files"
    assert [(item.path, item.origin, item.size) for item in found.items] == [
        ("a-rather-long-name.txt", "name", 22),
        ("a-rather-long-name.txt", "file", 0),
        ("a.txt", "file", 7),
    ]
