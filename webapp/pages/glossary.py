"""To be written."""

from flask import Blueprint

blueprint = Blueprint("glossary", __name__)
