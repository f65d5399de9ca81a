"""What is told of a training: in the log, on the card, to the forge, in the record."""
