"""The thin edge: command line, pages, callbacks, and the place where the parts meet."""
