"""Numbers that cannot be reached, over all campaigns: since when, by what proof, until when."""
