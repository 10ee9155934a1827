"""The thin edge: command line, pages, callbacks, and the one place where the parts are put together."""
