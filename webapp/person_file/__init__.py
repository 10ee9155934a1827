"""A person's file: all that is held about a number, in plain words, for page and command."""
