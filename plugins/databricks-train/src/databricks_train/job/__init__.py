"""What is sent: the job, from settings or a file, checked and tied to its MLflow run."""
