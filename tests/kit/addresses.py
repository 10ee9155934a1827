"""Addresses of the app, made from its routes."""

import re
from collections.abc import Mapping

from werkzeug.routing import Rule


def path_of(rule: Rule, places: Mapping[str, str]) -> str:
    """The address of a route, with its variable parts as `places` has them."""
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda place: places[place[1]], rule.rule)
