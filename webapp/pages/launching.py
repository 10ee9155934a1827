"""To be written."""

from flask import Blueprint

blueprint = Blueprint("launching", __name__)
