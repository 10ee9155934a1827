"""Reads what is form-encoded, such as `Body=Thank+you%21&From=%2B14155550101`, fast.

An escape, with `=` in place of its `%`, is one of quoted-printable, which Python decodes in C. The
standard library's parser of forms takes many times as long, and anybody may send 64 KB of escapes.
"""

import re
from binascii import a2b_qp
from string import hexdigits

from ledger.domain.events import Parameters

_HEX = hexdigits.encode()
_KINDS = bytes.maketrans(_HEX, b"0" * len(_HEX))
_NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MOST_NO_ESCAPES = 100


def form_decoded(text: str) -> Parameters:
    """Return the names and values, as `urllib.parse.parse_qsl` does; one without `=` has "".

    A `%` that begins no escape stands for itself. Raises ValueError where there are more than 100
    in a word: that is no form.
    """
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return tuple((_decoded(name), _decoded(value)) for name, _, value in pairs)


def _decoded(word: str) -> str:
    spaced = word.replace("+", " ")
    if "%" not in spaced:
        return spaced
    escaped = spaced.encode()
    kinds = escaped.translate(_KINDS)
    if no_escapes := kinds.count(b"%") - kinds.count(b"%00"):
        if no_escapes > _MOST_NO_ESCAPES:
            raise ValueError("too many percent signs that begin no escape")
        escaped = _NO_ESCAPE.sub(b"%25", escaped)
    quoted_printable = escaped.replace(b"=", b"=3D").replace(b"%", b"=")
    return a2b_qp(quoted_printable).decode(errors="replace")
