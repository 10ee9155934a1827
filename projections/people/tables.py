"""The tables of the index of people. Their rows hold names and numbers, until these are forgotten.

Zoë O'Brien, +1 415 555 0019, first enrolled by event 41:

    indexed_people   41, con_…, " obrien s-20114 zoe", " 14155550019"
    indexed_words    ("obrien", 41) ("zoe", 41) ("s-20114", 41) …
    indexed_school_ids  ("student", "S-20114", 41)
    indexed_digits   1415·41  4155·41  1555·41  …  0019·41
"""

import msgspec
import sqlalchemy as sa

metadata = sa.MetaData()

_ByteOrder = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text in the order of its bytes, so that an index finds the beginnings of words."""

indexed_people = sa.Table(
    "indexed_people",
    metadata,
    sa.Column(
        "person",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
        comment="the first event with the number; shorter than the contact's id",
    ),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False, comment="of all names, folded, each after a space"),
    sa.Column("digits", sa.Text, nullable=False, comment="of all numbers, each after a space"),
    sa.Column("school_ids", sa.Text, nullable=False, comment="JSON: kind and id of each"),
    sa.Index("indexed_people_contact", "contact_id", unique=True),
)

indexed_words = sa.Table(
    "indexed_words",
    metadata,
    sa.Column("word", _ByteOrder, primary_key=True),
    sa.Column("person", sa.BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

indexed_school_ids = sa.Table(
    "indexed_school_ids",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True, comment="an IdKind"),
    sa.Column("school_id", sa.Text, primary_key=True),
    sa.Column("person", sa.BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
"""Who has an id of the school: the guardians of one student, and of one household."""

indexed_digits = sa.Table(
    "indexed_digits",
    metadata,
    sa.Column(
        "entry",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
        comment="four digits in a row, and below them 40 bits with the person",
    ),
)
"""One column, because there are eight rows for a number of eleven digits."""

PERSON_BITS = 40
RUN = 4
"""How many digits in a row are one entry, and the fewest that find a number."""


def entry_of(run: str, person: int) -> int:
    """Return the entry of four digits of a person's number."""
    return (int(run) << PERSON_BITS) + person


def runs_of(digits: str) -> set[str]:
    """Return every four digits in a row.

    runs_of("415501") == {"4155", "1550", "5501"}
    """
    return {digits[start : start + RUN] for start in range(len(digits) - RUN + 1)}


decode_ids = msgspec.json.Decoder(list[tuple[str, str]]).decode
"""Reads the column `school_ids`: kind and id of each."""
