"""A property that is made at its first use, once for each object, and kept.

`functools.cached_property` of Python 3.11 holds one lock for all objects of a class while it makes
a value. Where objects of several ledgers share a class, a ledger whose database is frozen would
hold up the others.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, Self, TypeVar, cast, overload

T = TypeVar("T")

_LOCK = "_lock_of_{}"
"""In the object, only until its value is made: objects with a lock can be neither copied nor
pickled."""
_MISSING = object()


class lazy_property(Generic[T]):  # noqa: N801 - a decorator, as `property` is
    """Decorates a method that makes the value. Where it raises an error, nothing is kept.

    Threads that need the same value of the same object wait for one another. It is for classes
    whose objects have a `__dict__`.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name, self._lock_name = name, _LOCK.format(name)

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        """Return the value of the object; once it is made, Python finds it in the object."""
        if instance is None:
            return self
        values = instance.__dict__
        with values.setdefault(self._lock_name, RLock()):  # which is atomic
            value = values.get(self._name, _MISSING)
            if value is _MISSING:
                value = values[self._name] = self._make(instance)
        values.pop(self._lock_name, None)
        return cast("T", value)
