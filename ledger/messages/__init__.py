"""The text and whom it goes to: contact files, phone numbers, templates, segments and cost."""
