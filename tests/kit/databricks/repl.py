"""Starts a task's file inside of its container, as the REPL of a cluster's driver does.

It is copied into the container, with nothing but a Python there. The task's file is no program of its own:
`__file__` is not defined (databrickslabs/dbx#680), and every SystemExit is a failure, that of `sys.exit(0)`
too, as it is in any IPython.

    repl.py REPORT FILE [ARGUMENT ...]
"""

import json
import os
import sys
import traceback
import types


def main() -> None:
    """Execute FILE with the arguments; an exception is printed, and told to REPORT."""
    _, report, *sys.argv = sys.argv
    sys.path[0] = os.getcwd()  # noqa: PTH109 - a string, as everything on the path
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    with open(sys.argv[0], "rb") as file:  # noqa: PTH123 - pathlib would be imported for nothing else
        source = file.read()
    try:
        exec(compile(source, sys.argv[0], "exec"), vars(module))  # noqa: S102 - it is what this file is for
    except BaseException as error:  # noqa: BLE001 - all of them end the task
        own = error.__traceback__
        trace = "".join(traceback.format_exception(type(error), error, own and own.tb_next))
        sys.stderr.write(trace)
        told = ": ".join(filter(None, (type(error).__name__, str(error))))
        with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
            json.dump({"error": told, "trace": trace}, file)
        sys.exit(1)


if __name__ == "__main__":
    main()
