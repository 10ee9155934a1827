"""Serves the Flask app over HTTP: uvicorn, and the bridge from ASGI to the app."""
