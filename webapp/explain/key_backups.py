"""The warning of a master key without a backup."""

NO_KEY_BACKUP = (
    "No backup of the master key was made yet. Who loses that key loses every name, number and "
    "text of this ledger, for good. Run `delivery-ledger backup FILE --keys-only`, and keep the "
    "file apart from the ledger; or, where the key is kept elsewhere already, `delivery-ledger "
    "keys backed-up`."
)
