"""To be written."""

from flask import Blueprint

blueprint = Blueprint("conversations", __name__)
