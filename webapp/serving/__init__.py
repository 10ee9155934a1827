"""Serves a Flask app over HTTP: uvicorn, and the bridge from ASGI to WSGI."""
