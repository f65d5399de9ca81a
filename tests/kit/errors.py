class KitError(Exception):
    """Something that the machine lacks or refuses; the message says what to do about it."""
