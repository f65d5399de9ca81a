"""Drone plugin: build, tag and push the image of a commit, and record its digest."""

__version__ = "0.1.0"
