"""A local server that answers as a Databricks workspace does, and runs submitted images on Docker."""
