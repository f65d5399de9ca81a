"""A model that reads handwritten digits."""
