"""What can be known of a build from its Dockerfile alone; for what would shorten it see `advice`."""

from build_image.dockerfile.bases import external_images
from build_image.dockerfile.parse import Dockerfile, Instruction
from build_image.dockerfile.pinning import pinned

__all__ = [
    "Dockerfile",
    "Instruction",
    "external_images",
    "pinned",
]
