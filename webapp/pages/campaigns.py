"""To be written."""

from flask import Blueprint

blueprint = Blueprint("campaigns", __name__)
