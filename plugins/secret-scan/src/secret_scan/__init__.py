"""Drone plugin: fail the build when the work tree holds secrets."""

__version__ = "0.1.0"
