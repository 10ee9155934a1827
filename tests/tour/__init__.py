"""The screenshots of docs/tour.md, taken from the running demonstration by `make tour`."""
