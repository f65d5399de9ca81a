"""The step: context → build → push → digest as the registry has it → `image.json`."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from build_image import __version__
from build_image.card import image_report, image_summary
from build_image.context import plan_context
from build_image.engine import Auth, Engine, Recipe
from drone_plugin import JobFailedError, SettingsError, isolate
from drone_plugin.markdown_blocks import Preformatted
from drone_plugin.report_text import Report
from drone_plugin.reporter import Reporter, reporting
from model_chain import ImageRecord, write_record, written_by

if TYPE_CHECKING:
    from build_image.context import Context
    from build_image.settings import BuildSettings
    from drone_plugin import Step


EMPTY_CONFIG = str(Path(__file__).with_name("docker_config"))
"""A client configuration without anything in it.

The client reads the first one that exists, in HOME at last, and starts the credential helpers that it names:
a build's parameter can point HOME, and PATH, into the workspace.
"""

LAST_LINES: Final = 30
"""Lines of a failed build's output that the forge is told."""


def work(step: Step[BuildSettings]) -> None:
    """Build, push and record the image of the build's commit."""
    with reporting(step, plugin="build-image") as reporter:
        _work(step, reporter)


def _work(step: Step[BuildSettings], reporter: Reporter) -> None:
    settings, log = step.settings, step.log
    removed = isolate(keep={"DOCKER_CONFIG": EMPTY_CONFIG})
    ignored = [name for name in removed if name.startswith("DOCKER_")]
    if ignored:
        log.warning(f"ignored variables that would steer the Docker client: {', '.join(ignored)}")
    tags = _tags(step)
    auth = _auth(step)
    context = plan_context(step.workspace, settings.context, settings.dockerfile)
    engine = Engine.wait_for(settings.docker_host, step.clock, settings.docker_wait.total_seconds())
    log.info(f"Docker engine {engine.version} at {settings.docker_host}")
    if auth:
        engine.log_in(settings.registry, auth["username"], auth["password"])

    with log.section(
        f"build {settings.dockerfile} ({len(context.entries)} files and folders in {settings.context})"
    ):
        image = _build(step, engine, context, f"{settings.repo}:{tags[0]}", reporter)
        log.info(f"built {image}")
    if not _pushes(step):
        log.warning("not pushed: this is a pull request's code, and push_pull_requests is false")
        reporter.report = Report("success", "Image built; pull requests are not pushed")
        return
    reporter.report = image_report(_push_and_record(step, engine, image, tags, auth))


def _build(step: Step[BuildSettings], engine: Engine, context: Context, tag: str, reporter: Reporter) -> str:
    """The id of the image. Of a build that fails, the forge is told the last lines, too."""
    settings, last = step.settings, deque[str](maxlen=LAST_LINES)

    def say(line: str) -> None:
        last.append(line)
        step.log.relay(line)

    recipe = Recipe(
        tag=tag,
        target=settings.target or None,
        build_args=settings.build_args,
        network=settings.network or None,
        pull=settings.pull,
    )
    try:
        return engine.build(context.archive(), recipe, say)
    except JobFailedError:
        reporter.report = replace(reporter.report, body=(Preformatted("\n".join(last)),))
        raise


def _tags(step: Step[BuildSettings]) -> tuple[str, ...]:
    """The full commit id first: it is what people and later steps look for."""
    if not step.build.commit.sha:
        raise SettingsError(
            "the build has no commit (DRONE_COMMIT_SHA is unset), so the image would have no tag"
        )
    return tuple(dict.fromkeys((step.build.commit.sha, *step.settings.tags)))


def _pushes(step: Step[BuildSettings]) -> bool:
    return step.settings.push_pull_requests or not step.build.is_pull_request_code


def _auth(step: Step[BuildSettings]) -> Auth:
    """The login for the registry, if there is one.

    A pull request, from which secrets are withheld, is built without it. Raises SettingsError where half of a
    login is given and the image is to be pushed.
    """
    settings = step.settings
    login = {"username": settings.username, "password": settings.password.get_secret_value()}
    unset = [name for name, value in login.items() if not value]
    if len(unset) == 1 and _pushes(step):
        raise SettingsError(
            f"settings.{unset[0]}: is empty, but registries want user name and password together",
            hint="if it comes from_secret: no secret of that name reaches this build",
        )
    if unset:
        if len(unset) == 1:
            step.log.warning(f"no login: settings.{unset[0]} is empty, as secrets are on pull requests")
        return None
    if step.build.is_pull_request_code:
        step.log.warning(
            "settings.password reaches a pull request's code; withhold the secret from pull requests"
        )
    return {**login, "serveraddress": settings.registry}


def _push_and_record(
    step: Step[BuildSettings], engine: Engine, image: str, tags: tuple[str, ...], auth: Auth
) -> ImageRecord:
    repo, log = step.settings.repo, step.log
    with log.section(f"push {repo}"):
        for tag in tags:
            engine.tag(image, repo, tag)
            reported = engine.push(repo, tag, auth, log.debug)
            digest = engine.digest(f"{repo}:{tag}", auth)
            if reported and reported != digest:
                raise JobFailedError(
                    f"{repo}:{tag} is {digest} at the registry, but {reported} was pushed",
                    hint="another build pushes the same tag at the same time; run this one again",
                )
            log.info(f"pushed {repo}:{tag}")
    record = ImageRecord(
        writer=written_by(step.build, f"build-image {__version__}"), repository=repo, digest=digest, tags=tags
    )
    path = write_record(step.workspace, "image.json", record, mask=step.redactor)
    step.card(image_summary(step.build, record).card(step.settings.card_template, said=True))
    step.output({"IMAGE": record.reference, "IMAGE_DIGEST": record.digest})
    log.success(f"image {record.reference}, recorded in {path.relative_to(step.workspace)}")
    return record
