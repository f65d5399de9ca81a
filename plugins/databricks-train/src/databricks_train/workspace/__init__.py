"""The Databricks workspace: logging in, asking, waiting for runs and judging them."""
