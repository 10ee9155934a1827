"""Retention: whom the rule forgets and when, and the forgetting itself, in small parts."""
