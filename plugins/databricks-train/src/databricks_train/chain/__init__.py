"""The chain from a model version back to its commit: archived, verified, reproduced."""
