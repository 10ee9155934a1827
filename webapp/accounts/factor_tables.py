"""The tables of passkeys, authenticator apps and recovery codes.

Nothing in them lets anybody in who reads them: the secret of an authenticator app is encrypted,
recovery codes are HMACs, and of a passkey only the public key is here.
"""

import sqlalchemy as sa

from webapp.accounts.table import metadata

_MICROSECONDS = "microseconds since 1970 UTC"

two_factor = sa.Table(
    "two_factor",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False, comment="of the app, encrypted"),
    sa.Column("last_counter", sa.BigInteger, comment="of the last code that was used"),
)
"""Who must write a code of an authenticator app after the password."""

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, comment="from 1"),
    sa.Column("digest", sa.Text, nullable=False, comment="HMAC of the code"),
)
"""The codes that were not used yet."""

passkeys = sa.Table(
    "passkeys",
    metadata,
    sa.Column("passkey_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("transports", sa.Text, nullable=False, comment="separated by blanks"),
    sa.Column("added_at", sa.BigInteger, nullable=False, comment=_MICROSECONDS),
    sa.Column("used_at", sa.BigInteger, comment=f"last; {_MICROSECONDS}"),
)
"""The passkeys with which people sign in without a password."""

FACTOR_TABLES = (two_factor, recovery_codes, passkeys)
