"""Fixtures for pipelines."""
