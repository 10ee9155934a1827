"""Charts as values that templates draw as SVG: places in percent, labels, and a table of numbers.

Nothing here asks a database. Words that need a sentence are in `webapp/explain/`.
"""
