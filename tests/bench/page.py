"""The page of results: each part stands between two marks, and is written by its own command."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/reference/benchmarks.md"


def write(name: str, text: str, page: Path = PAGE) -> None:
    """Put the text in place of what stands between the marks of that name."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, mark, rest = page.read_text().partition(begin)
    if not mark or end not in rest:
        raise ValueError(f"{page} has no place for {name}.")
    after = rest[rest.index(end) :]
    page.write_text(f"{before}{begin}{text}\n{after}")
