"""Imports all commands and servers, in the process whose forks are servers (`kit.forks`)."""

import gc
import importlib
import pkgutil

from webapp import cli

for _module in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}."):
    importlib.import_module(_module.name)
gc.freeze()  # a collection in a fork would copy the memory of all that was imported
