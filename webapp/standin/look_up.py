"""Look-ups of line types, as Twilio's Lookup v2 answers them; the last five digits decide.

The same table is in docs/reference/stand-in.md.
"""

import re
from collections.abc import Mapping
from typing import Any

_FIELD = "line_type_intelligence"
TYPES = {
    "21635": "landline",
    "30006": "landline",
    "21614": "fixedVoip",
    "60000": "unknown",
}
_OTHERWISE = "mobile"
_WITHOUT_ACCESS = "60601"


def looked_up(number: str, query: Mapping[str, str], url: str) -> dict[str, Any]:
    """Return the answer about a number; the line type is null unless `Fields` asks for it."""
    is_valid = re.fullmatch(r"\+[1-9][0-9]{6,14}", number) is not None
    is_asked = _FIELD in query.get("Fields", "").split(",")
    return {
        "phone_number": number,
        "valid": is_valid,
        "validation_errors": [] if is_valid else ["INVALID_BUT_POSSIBLE"],
        _FIELD: _line_type(number[-5:]) if is_valid and is_asked else None,
        "url": url,
    }


def _line_type(digits: str) -> dict[str, Any]:
    is_refused = digits == _WITHOUT_ACCESS
    return {
        "carrier_name": None,
        "mobile_country_code": None,
        "mobile_network_code": None,
        "type": None if is_refused else TYPES.get(digits, _OTHERWISE),
        "error_code": int(_WITHOUT_ACCESS) if is_refused else None,
    }
