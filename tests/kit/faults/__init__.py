"""Training steps in their built image, and all that may go wrong around them."""
