"""Numbers about the ledger and all of its processes, for Prometheus and for the Health page."""
