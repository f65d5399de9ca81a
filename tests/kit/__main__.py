"""The command behind the image and engine targets of the Makefile: `python -m kit COMMAND`."""

import argparse
import os
import signal
import sys
from types import FrameType

from kit.base_image import ensure_base_image
from kit.console import say
from kit.engine import ensure_engine, stop_engine
from kit.errors import KitError
from kit.images import build_images
from kit.paths import ROOT
from kit.publish import Release
from kit.publish import publish as publish_all
from kit.registry_client import Credentials
from kit.sizes import measure, table, write_table


def engine(arguments: argparse.Namespace) -> None:
    """Start the private engine where none answers, or stop it."""
    if arguments.action == "stop":
        say("stopped" if stop_engine() else "no private engine runs here")
        return
    found = ensure_engine()
    say(f"the engine answers; for your own docker commands type\n  export DOCKER_HOST={found.docker_host}")


def images(arguments: argparse.Namespace) -> None:
    """Build every plugin's image and print the sizes; with --readme put them into README.md too."""
    found = ensure_engine()
    base = ensure_base_image(found)
    built = build_images(found, base)
    text = table(measure(found, built, base), base)
    say("\n".join(image.name for image in built.values()))
    say(f"\n{text}")
    if arguments.readme and not write_table(ROOT / "README.md", text):
        raise KitError("README.md has no `<!-- image sizes -->` and `<!-- /image sizes -->` comments")


def publish(arguments: argparse.Namespace) -> None:
    """Push every plugin's image index. The login comes from the environment: an argument would be seen."""
    user = os.environ.get("REGISTRY_USERNAME", "")
    credentials = Credentials(user, os.environ.get("REGISTRY_PASSWORD", "")) if user else None
    release = Release(arguments.registry, arguments.version, arguments.source, arguments.revision)
    for published in publish_all(ensure_engine(), release, credentials):
        say(str(published))


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m kit", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("engine", help="start or stop a private Docker engine")
    command.add_argument("action", choices=["start", "stop"])
    command.set_defaults(run=engine)
    command = commands.add_parser("images", help="build the plugin images and print their sizes")
    command.add_argument("--readme", action="store_true", help="write the sizes into README.md")
    command.set_defaults(run=images)
    command = commands.add_parser("publish", help="push the images of a release to a registry")
    command.add_argument("--registry", required=True, help="HOST[:PORT]/NAMESPACE")
    command.add_argument("--version", required=True, help="the release, 1.2.3")
    command.add_argument("--source", default="", help="address of the repository, for the images' label")
    command.add_argument("--revision", default="", help="commit, for the images' label")
    command.set_defaults(run=publish)
    return top


def main() -> int:
    """Run one command; a missing thing of the machine is a message, not a traceback."""
    signal.signal(signal.SIGTERM, _terminated)
    arguments = parser().parse_args()
    try:
        arguments.run(arguments)
    except KitError as error:
        say(f"kit: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _terminated(_number: int, _frame: FrameType | None) -> None:
    # As an exception, so that whatever was started is ended on the way out.
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main())
