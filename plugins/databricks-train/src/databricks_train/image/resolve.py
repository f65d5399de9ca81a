"""Which image the training runs in: from the hand-over file or the settings, and resolved at the registry."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from databricks_train.image.registry import Registry
from drone_plugin import SettingsError
from drone_plugin.certificates import open_trust
from drone_plugin.http import Waiting
from drone_plugin.images import ImageName, parse_image
from drone_plugin.registries import Login
from model_chain import HandoverError, read_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks_train.settings import TrainSettings
    from drone_plugin import Step

IMAGE_RECORD = ".drone-ml/image.json"


@dataclass(frozen=True)
class ResolvedImage:
    """An image that existed at its registry when it was asked for."""

    reference: str
    """`repository@sha256:…`: what identifies the environment, however the job names it."""
    tag: str = ""
    """`repository:tag` that led to that digest; empty where the image is known by its digest alone."""

    @property
    def digest(self) -> str:
        """The part of `reference` after the `@`."""
        return self.reference.partition("@")[2]


@dataclass(frozen=True)
class _Wanted:
    """What is asked for, before the registry has been."""

    source: str
    text: str
    name: ImageName
    tag: str

    @property
    def tagged(self) -> ImageName:
        """The same image by its tag."""
        return replace(self.name, tag=self.tag, digest="")


def resolve(step: Step[TrainSettings]) -> ResolvedImage:
    """The image of this build or of the settings, existing at its registry at this moment.

    With `image_reference: tag`, its tag leads to the same digest at this moment: that of the commit, which
    build-image gives to every image, or the one in `image`. Raises HandoverError for a bad hand-over file,
    SettingsError for an image outside of `image_repo`, one that does not exist and one that has no such tag,
    RefusedError and UnreachableError as the registry answers.
    """
    wanted = _wanted(step)
    by_tag = step.settings.image_reference == "tag"
    if by_tag and not wanted.tag:
        raise SettingsError(
            f"{wanted.source}: {wanted.text} has no tag of its own, and image_reference is tag",
            hint="name the image by a tag that no other build moves, or set image_reference: digest",
        )
    with _registry(step) as registry:
        digest = registry.digest(wanted.name)
        if wanted.name.digest and digest != wanted.name.digest:
            raise SettingsError(f"{wanted.source}: the registry has {digest} under {wanted.text}")
        if by_tag and wanted.name.digest:
            behind = registry.digest(wanted.tagged)
            if behind != digest:
                raise SettingsError(
                    f"{wanted.source}: the tag {wanted.tag} is {behind} at the registry, not {digest}",
                    hint="another build has moved the tag; run this one again from its build-image step on",
                )
    repository = step.settings.image_repo
    return ResolvedImage(f"{repository}@{digest}", f"{repository}:{wanted.tag}" if wanted.tag else "")


def still(step: Step[TrainSettings], image: ResolvedImage) -> str:
    """The digest that is behind the image's tag now; that of an image without a tag cannot change.

    Where it is not `image.digest` any more, nobody can tell which image a job got that was submitted by tag.
    Raises as `resolve` does for what the registry answers.
    """
    if not image.tag:
        return image.digest
    with _registry(step) as registry:
        return registry.digest(parse_image(image.tag))


def digest_of(step: Step[TrainSettings], reference: str) -> str:
    """The digest that the registry has for an image; empty where it has none.

    The login is that of the registry of `image_repo`, and goes to no other.
    """
    name, repo = parse_image(reference), step.settings.image_repo
    own = bool(repo) and parse_image(repo).registry == name.registry
    with _registry(step, login=own) as registry:
        try:
            return registry.digest(name)
        except SettingsError:
            return ""


def _wanted(step: Step[TrainSettings]) -> _Wanted:
    settings = step.settings
    if settings.image:
        source, text = "settings.image", settings.image
        name = parse_image(text)  # the settings have seen to it that this is a name
        tag = name.tag
    else:
        source, record = IMAGE_RECORD, read_image(step.workspace, step.build)
        text = record.reference
        try:
            name = parse_image(text)
        except ValueError as error:
            raise HandoverError(f"{source}: {record.repository!r} {error}") from None
        tag = step.build.commit.sha if step.build.commit.sha in record.tags else ""
    if name.repository != parse_image(settings.image_repo).repository:
        raise SettingsError(f"{source}: {text} is not in image_repo, which is {settings.image_repo}")
    return _Wanted(source, text, name, tag)


@contextmanager
def _registry(step: Step[TrainSettings], *, login: bool = True) -> Iterator[Registry]:
    settings = step.settings
    proxies = step.proxies()
    password = settings.registry_password.get_secret_value()
    known = Login(settings.registry_username, password, settings.registry_auth_host)
    with open_trust(settings.ca_certificates, step.environment, step.workspace) as trust:
        yield Registry(
            trust,
            known if login and known.username else None,
            insecure=settings.insecure_registry,
            proxies=proxies,
            waiting=Waiting(clock=step.clock),
            learn=step.redactor.learn,
        )
