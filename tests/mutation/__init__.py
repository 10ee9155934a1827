"""Mutants of the rules, and the tests that must notice them; `make mutants` runs this."""
