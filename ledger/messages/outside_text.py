"""Makes text from outside encodable, so that it can be stored and shown.

Used for the requests and answers of the provider, forms, command-line arguments and cells of files.
"""


def encodable(text: str, most: int | None = None) -> str:
    """Return the text without NUL, with U+FFFD for each half of a surrogate pair, cut to `most`.

    PostgreSQL stores no NUL, and nothing encodes half a surrogate pair, which JSON can name, and
    which stands for each byte of the command line that is not UTF-8.
    """
    text = text[:most].replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
