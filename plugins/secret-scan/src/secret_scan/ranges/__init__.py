"""What is scanned: the range of a build as objects, the work tree, or the whole history."""
