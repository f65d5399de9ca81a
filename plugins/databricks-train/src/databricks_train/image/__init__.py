"""Which image, and what its registry says of it."""
