"""One file per migration, in the order of revisions."""
