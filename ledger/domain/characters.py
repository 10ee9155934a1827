"""Characters that show nothing, though Unicode counts them as letters, marks or symbols."""

FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""A joiner, letters of other scripts and a Braille pattern."""
SELECTORS = "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
"""They choose a variant of the character before them."""
