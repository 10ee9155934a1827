"""How a text is read: its clauses, the classes of its words, and the rules about them."""
