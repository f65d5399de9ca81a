"""The MLflow server: runs, registered models, aliases."""
