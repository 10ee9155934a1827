"""Many ledgers in one installation: which there are, and the settings of each."""
