"""`python -m webapp` is the command `delivery-ledger`."""

from webapp.cli import main

main()
