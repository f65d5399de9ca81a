"""The life of a training: found or made, followed to its end, recorded."""
