"""What can be known of a build from its Dockerfile alone."""

from build_image.dockerfile.parse import Dockerfile, Instruction

__all__ = ["Dockerfile", "Instruction"]
