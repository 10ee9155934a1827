"""To be written."""

from flask import Blueprint

blueprint = Blueprint("contacts", __name__)
