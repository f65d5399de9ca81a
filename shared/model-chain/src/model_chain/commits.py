"""Whether a clone holds a commit, without running git: a repository's configuration makes it run programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SHA: Final = re.compile(r"[0-9a-f]{40}")


def has_commit(workspace: Path, sha: str) -> bool | None:
    """Whether the repository at `workspace` has the commit; None where its clone cannot tell.

    A clone that was cut off by depth may lack what the repository has, and so does one that cannot be read.
    """
    if not _SHA.fullmatch(sha) or not (workspace / ".git" / "objects").is_dir():
        return None
    # Imported late: only a step that verifies a chain pays for it.
    from dulwich.objects import Commit, ObjectID  # noqa: PLC0415
    from dulwich.repo import Repo  # noqa: PLC0415

    try:
        with Repo(str(workspace)) as repository:
            name = ObjectID(sha.encode())
            if name in repository.object_store:
                return isinstance(repository.object_store[name], Commit)
            return None if repository.get_shallow() else False
    except Exception:  # noqa: BLE001 - whatever a hostile repository makes the parser raise
        return None
