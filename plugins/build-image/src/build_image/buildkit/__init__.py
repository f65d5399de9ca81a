"""A client of BuildKit, the builder inside of Docker engines, in pure Python over docker-py and h2.

    with Session(api, trees={"context": tree, "dockerfile": tree}, secrets={"pip": b"..."}) as session:
        with Build(api, Recipe(tags=("team/model:1",)), session=session) as build:
            for event in build:
                ...
    print(build.image_id)

What docker-py lacks and this has: build secrets, logins for private base images while they are pulled,
contexts of which only the changed files are sent, several names at once, progress by step, and a build
that ends when its block does. The layers, each of which knows only the ones before it:

- `protobuf`, `grpc`: the wire format, and calls without a transport
- `services`, `tree`, `packets`, `follow`, `selection`, `filesync`: what a session answers
- `connection`, `transport`, `pump`: HTTP/2, the upgraded request, the thread
- `session`; `progress`, `classic`, `recipe`, `build`; `ways`: what callers use
"""

from build_image.buildkit.build import BUILDKIT, CLASSIC, Build
from build_image.buildkit.errors import (
    BuilderMissingError,
    BuildFailedError,
    BuildKitError,
    ChangedFileError,
    EngineLostError,
    SessionRefusedError,
)
from build_image.buildkit.progress import Event, Finding, Output, Transfer, Vertex
from build_image.buildkit.recipe import Destination, Recipe
from build_image.buildkit.session import Session
from build_image.buildkit.tree import Stat, TextTree, Tree
from build_image.buildkit.ways import LOST, Builder, Source, Way

__all__ = [
    "BUILDKIT",
    "CLASSIC",
    "LOST",
    "Build",
    "BuildFailedError",
    "BuildKitError",
    "Builder",
    "BuilderMissingError",
    "ChangedFileError",
    "Destination",
    "EngineLostError",
    "Event",
    "Finding",
    "Output",
    "Recipe",
    "Session",
    "SessionRefusedError",
    "Source",
    "Stat",
    "TextTree",
    "Transfer",
    "Tree",
    "Vertex",
    "Way",
]
