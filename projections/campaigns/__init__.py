"""Where every campaign and every contact in it stands: Contacts tab, counts, what is due."""
