"""Fixtures for engine, registry, images and MLflow."""
