"""Fixtures for the Databricks stand-in."""
