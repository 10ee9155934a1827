"""Texts and the people who get them: contact files, phone numbers, templates, segments, cost."""
