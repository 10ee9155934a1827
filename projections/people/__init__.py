"""People over all campaigns: the index by which a search finds them."""
