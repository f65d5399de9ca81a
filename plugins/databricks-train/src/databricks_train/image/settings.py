"""Which image, and who may ask its registry."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import SecretStr

from drone_plugin import Settings, setting
from drone_plugin.images import ImageReference, ImageRepository
from drone_plugin.rules import Rule, together


class ImageSettings(Settings):
    """The image that the training runs in."""

    rules: ClassVar[tuple[Rule, ...]] = (together("registry_username", "registry_password"),)

    image_repo: ImageRepository = setting(
        "",
        "The repository that images may come from, with its registry. An image outside of it is refused. "
        "Only a saved job (`job_id`) can do without.",
        example="registry.example.com/team/model",
        pin=True,
    )
    image: ImageReference = setting(
        "",
        "The image to train in, by tag or digest. Unset: the one that this build's build-image step made.",
        example="registry.example.com/team/model@sha256:…",
        pin=True,
    )
    image_reference: Literal["digest", "tag"] = setting(
        "digest",
        "How the job names the image. `tag`, for a workspace that takes no digest: the tag of the commit, or "
        "that of `image`. It has to lead to the same digest before the submission and after the run.",
        example="tag",
    )
    registry_username: str = setting("", "The user who may read `image_repo`.", example="drone")
    registry_password: SecretStr = setting(
        SecretStr(""), "The password for the registry of `image_repo`.", example="registry_password"
    )
    registry_auth_host: str = setting(
        "",
        "The host that hands out the registry's tokens, where it is outside of the registry's own domain.",
        example="api.example.com",
        pin=True,
        pattern=r"^[\w.-]*$",
    )
    insecure_registry: bool = setting(
        default=False, description="Talk to the registry by plain HTTP.", example="true", pin=True
    )
