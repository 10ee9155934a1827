"""Benchmarks: `make bench`. Each compares with a yardstick of the same run, never with a clock."""
