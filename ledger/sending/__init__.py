"""Sending: what is due goes out once, at its pace; what is in doubt is found out."""
