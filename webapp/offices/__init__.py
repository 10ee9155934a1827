"""Offices at the edge: what somebody of certain offices gets of the program, and of no other."""
