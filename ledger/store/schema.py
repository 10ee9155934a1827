"""The tables of the ledger's database, as the newest migration leaves them."""

import sqlalchemy as sa

from ledger.store.partial_index import partial_index

REVISION = "0005"
"""The newest migration."""

OLDEST_USABLE = "0003"
"""The oldest revision with which this program works: later ones only make searches faster."""

metadata = sa.MetaData()


FREQUENT_TOPICS = ("AttemptAccepted", "AttemptStarted", "CallbackReceived", "ContactEnrolled")
"""What every text adds to the ledger."""

PROGRAM_ACTORS = ("sender", "twilio")
"""The actors that are not people."""


def _is_none_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} NOT IN {values!r}"


IS_RARE = _is_none_of("topic", FREQUENT_TOPICS)
"""The condition of `events_topic`, word for word: only a query with the same one uses the index."""

IS_BY_PERSON = _is_none_of("actor", PROGRAM_ACTORS)
"""The condition of `events_actor`, in the same way."""


def _partial(column: str, condition: str, *others: str, unique: bool = False) -> sa.Index:
    """Return an index of only the rows that meet the condition."""
    where = sa.text(condition)
    return partial_index(f"events_{column}", column, *others, where=where, unique=unique)


events = sa.Table(
    "events",
    metadata,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("stream_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text),
    sa.Column("campaign_id", sa.Text),
    sa.Column("delivery_id", sa.Text),
    sa.Column("contact_id", sa.Text),
    sa.Column("turn", sa.Integer),
    sa.Column("rank", sa.Integer),
    sa.Column("code", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("next_at", sa.BigInteger),
    sa.Column("sid", sa.Text),
    sa.Column("dedupe", sa.Text),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("stream_id", "version"),
    sa.Index("events_standing", "campaign_id", "delivery_id", "rank", "seq"),
    sa.Index("events_contact", "contact_id"),
    _partial("topic", IS_RARE, "seq"),
    _partial("actor", IS_BY_PERSON, "seq"),
    _partial("code", "code IS NOT NULL", "seq"),
    _partial("sid", "sid IS NOT NULL"),
    _partial("dedupe", "dedupe IS NOT NULL", unique=True),
    sqlite_autoincrement=True,
)
"""One row per event; its columns are in the order in which a leaf hashes them.

Times, here and below, are microseconds since 1970 UTC.
"""

ledger_head = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("id = 1", name="ledger_head_is_one_row"),
)
"""The ledger's greatest seq and its Merkle frontier; one row, updated by every append."""

contact_keys = sa.Table(
    "contact_keys",
    metadata,
    sa.Column("subject_id", sa.Text, primary_key=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
)

ledger_info = sa.Table(
    "ledger_info",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
INFO_VALUE = sa.cast(ledger_info.c.value, sa.LargeBinary)
"""A value of `ledger_info` as bytes, also where somebody wrote a text or a number there."""

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""Every checkpoint ever made, in order: the tree's size and frontier, and the signed note."""
