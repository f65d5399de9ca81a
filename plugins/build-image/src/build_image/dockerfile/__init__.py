"""What can be known of a build from its Dockerfile alone."""

from build_image.dockerfile.advice import Advice, advice_on, advice_on_context
from build_image.dockerfile.bases import external_images
from build_image.dockerfile.parse import Dockerfile, Instruction
from build_image.dockerfile.pinning import pinned

__all__ = [
    "Advice",
    "Dockerfile",
    "Instruction",
    "advice_on",
    "advice_on_context",
    "external_images",
    "pinned",
]
