"""Whether a model is good enough, and how it compares."""
