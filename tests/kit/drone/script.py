"""`commands:` as the runner hands them to the shell of the image."""

from collections.abc import Sequence

from drone_plugin.testing.substitute import go_quote

ENTRYPOINT = ("/bin/sh", "-c")
COMMAND = ('echo "$DRONE_SCRIPT" | /bin/sh',)

# The credential of a private repository goes where git looks for it, then out of the environment.
_PREAMBLE = """
if [ -n "${DRONE_NETRC_FILE}" ]; then
    echo "$DRONE_NETRC_FILE" > "$HOME/.netrc"
    chmod 600 "$HOME/.netrc"
fi
unset DRONE_SCRIPT DRONE_NETRC_MACHINE DRONE_NETRC_USERNAME DRONE_NETRC_PASSWORD DRONE_NETRC_FILE
set -e
"""


def shell_script(commands: Sequence[str]) -> str:
    """The value of DRONE_SCRIPT: each command is shown before it runs; the first failure ends the step."""
    shown = (go_quote(command).replace("$", "\\$") for command in commands)
    return _PREAMBLE + "".join(
        f"\necho + {text}\n{command}\n" for text, command in zip(shown, commands, strict=True)
    )
