"""Drone plugin: train on Databricks in the image of the commit, recorded in MLflow."""

__version__ = "0.1.0"
