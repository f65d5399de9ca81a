"""Secrets for tests and benchmarks, made when they run: none is written down."""
