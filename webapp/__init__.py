"""The edge of the program: command line, pages, callbacks, and the composition root."""
