"""Retention: which contacts the rule forgets and when, and the forgetting, in small parts."""
