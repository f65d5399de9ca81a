"""The entry point of the image, of the pre-commit hook, and of `secret-scan audit`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the step and exit with its code; `hook` and `audit` are for people."""
    if sys.argv[1:2] == ["hook"]:
        from secret_scan.hook import main as hook  # noqa: PLC0415 - a step does not need it

        sys.exit(hook(sys.argv[2:]))
    if sys.argv[1:2] == ["audit"]:
        from secret_scan.audit import main as audit  # noqa: PLC0415 - a step does not need it

        sys.exit(audit(sys.argv[2:]))
    from drone_plugin import run  # noqa: PLC0415 - the hook is quicker without it
    from secret_scan.plugin import PLUGIN  # noqa: PLC0415 - as above

    sys.exit(run(PLUGIN))


if __name__ == "__main__":
    main()
