"""Properties of the application that import and build a part of it at its first use."""

import pkgutil
from collections.abc import Iterator
from typing import Any, TypeVar

from ledger.lazy_property import lazy_property

T = TypeVar("T")


class part(lazy_property[T]):  # noqa: N801 - declares a property, as `lazy_property` does
    """A part that a function makes of the application.

    accounts: "part[Accounts]" = part("webapp.parts.accounts:accounts")
    """

    def __init__(self, factory: str) -> None:
        """`factory` is `module:function`."""

        def make(application: Any) -> T:
            made: T = pkgutil.resolve_name(factory)(application)
            return made

        super().__init__(make)


class scoped_property(lazy_property[T]):  # noqa: N801
    """A part that shows what the scope of its application lets somebody see.

    An application of another scope makes its own.
    """


class scoped_queries(scoped_property[T]):  # noqa: N801
    """Queries of the views, of the offices in the application's scope."""

    def __init__(self, queries: str) -> None:
        """`queries` is `module:class`, made with the engine of the views and a scope."""

        def make(application: Any) -> T:
            kind = pkgutil.resolve_name(queries)
            made: T = kind(application.views.engine, scope=application.scope)
            return made

        super().__init__(make)


class whole_queries(lazy_property[T]):  # noqa: N801
    """Queries of the views, of all offices."""

    def __init__(self, queries: str) -> None:
        """`queries` is `module:class`, made with the engine of the views."""

        def make(application: Any) -> T:
            made: T = pkgutil.resolve_name(queries)(application.views.engine)
            return made

        super().__init__(make)


def parts_of(kind: type) -> Iterator[tuple[str, lazy_property[Any]]]:
    """Yield the name of each part of an application, and its property."""
    for base in kind.__mro__:
        for name, value in vars(base).items():
            if isinstance(value, lazy_property):
                yield name, value
