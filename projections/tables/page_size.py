"""How many rows a query gives for one page, unless it is asked for another number."""

PAGE_ROWS = 50
