"""What a build is: the values that Drone's server keeps of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# build_message VARCHAR(2000), counted in characters.
LONGEST_MESSAGE = 2000


@dataclass(frozen=True)
class Author:
    """Who wrote the commit; what the hook did not say is empty."""

    login: str = "octocat"
    name: str = "The Octocat"
    email: str = "octocat@example.com"
    avatar: str = "https://avatars.example.com/u/1"


@dataclass(frozen=True)
class Netrc:
    """The clone credential of a private repository; on GitHub the login is the token."""

    machine: str
    login: str
    password: str = "x-oauth-basic"  # noqa: S105 - GitHub's word beside a token, and no secret


@dataclass(frozen=True)
class RepoSpec:
    """A repository; the netrc is handed to every step when it is there."""

    namespace: str = "octocat"
    name: str = "hello"
    host: str = "github.example.com"
    branch: str = "main"
    private: bool = False
    netrc: Netrc | None = None

    @property
    def slug(self) -> str:
        """`owner/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def link(self) -> str:
        """The address for people."""
        return f"https://{self.host}/{self.slug}"

    @property
    def http_url(self) -> str:
        """The address for git over HTTPS."""
        return f"{self.link}.git"

    @property
    def ssh_url(self) -> str:
        """The address for git over SSH."""
        return f"git@{self.host}:{self.slug}.git"


@dataclass(frozen=True)
class BuildSpec:
    """What the server knows; `branch` is the target of a pull request, `source_branch` its head."""

    event: str
    message: str
    commit: str
    before: str = ""
    branch: str = ""
    source_branch: str = ""
    ref: str = ""
    link: str = ""
    number: int = 1
    parent: int = 0
    action: str = ""
    trigger: str = "@hook"
    deploy_to: str = ""
    title: str = ""
    debug: bool = False
    created: int = 0
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    author: Author = Author()
    repo: RepoSpec = RepoSpec()

    def __post_init__(self) -> None:
        """Cut what the server's database cuts."""
        object.__setattr__(self, "message", self.message[:LONGEST_MESSAGE])
        object.__setattr__(self, "title", self.title[:LONGEST_MESSAGE])
