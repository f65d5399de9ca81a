"""What a build-image step can be asked for."""

from __future__ import annotations

from datetime import timedelta

from pydantic import SecretStr

from drone_plugin import EVENTS, CardSettings, Event, Trigger, TriggerSettings, setting
from drone_plugin.images import DOCKER_HUB, ImageRepository, ImageTag, parse_image
from drone_plugin.report import ReportSettings
from drone_plugin.values import WorkspacePath

HUB_LOGIN = "https://index.docker.io/v1/"
"""The name under which engines keep the login of Docker Hub."""


class BuildSettings(TriggerSettings, ReportSettings, CardSettings):
    """Settings of build-image, in the names of the best-known plugins for the job."""

    trigger: Trigger = setting(
        "always",
        "`always`: build on each of `events`. `keyword`: build when the commit message asks for it.",
        example="keyword",
        pin=True,
    )
    events: tuple[Event, ...] = setting(
        EVENTS, "The build events to act on. `always` ignores the keyword, never this.", example="push, tag"
    )
    repo: ImageRepository = setting(
        "",
        "The repository to push to, with its registry and without a tag.",
        example="registry.example.com/team/model",
        required=True,
    )
    tags: tuple[ImageTag, ...] = setting(
        (),
        "Tags beside the full commit id, which the image always gets.",
        example="latest",
    )
    dockerfile: WorkspacePath = setting(
        "Dockerfile", "The Dockerfile, relative to the workspace.", example="docker/train.Dockerfile"
    )
    context: WorkspacePath = setting(
        ".", "The folder that is sent to the engine, relative to the workspace.", example="src"
    )
    target: str = setting("", "The stage of the Dockerfile to build; the last one if unset.", example="train")
    build_args: dict[str, str] = setting(
        {},
        "Build arguments, as a map. They stay readable in the image's history: no secrets.",
        example="{BASE: python:3.11}",
    )
    network: str = setting(
        "",
        "The network of the build's RUN steps, such as `host`; the engine's default if unset.",
        example="host",
    )
    pull: bool = setting(
        default=False, description="Ask the registry for a newer base image before building.", example="true"
    )
    username: str = setting("", "The user for the registry of `repo`.", example="drone")
    password: SecretStr = setting(
        SecretStr(""), "The password or token for the registry of `repo`.", example="registry_password"
    )
    push_pull_requests: bool = setting(
        default=False,
        description="Push images that are built from pull-request code, too.",
        example="true",
        pin=True,
    )
    docker_host: str = setting(
        "unix:///var/run/docker.sock",
        "The engine: a mounted socket, or `tcp://service:2375`. The variable DOCKER_HOST is not read.",
        example="tcp://docker:2375",
        pin=True,
        pattern=r"^(unix:///|tcp://).+",
    )
    docker_wait: timedelta = setting(
        timedelta(seconds=60), "How long to wait for the engine to answer.", example="2m", ge=timedelta(0)
    )

    @property
    def registry(self) -> str:
        """The registry of `repo`, as the engine names it."""
        registry = parse_image(self.repo).registry
        return HUB_LOGIN if registry == DOCKER_HUB else registry
