"""Serve the gallery on this machine until Ctrl+C: `PYTHONPATH=../..:.. python -m gallery`."""

import threading

from gallery.gallery import make_app, served

with served(make_app()) as url:
    print(f"The gallery is at {url}", flush=True)
    threading.Event().wait()
