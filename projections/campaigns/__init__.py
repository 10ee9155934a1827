"""Campaigns and the status of their contacts: the Contacts tab, counts, and what is due."""
