"""Everything that an object, or an error, shows of itself; and calls that must show no secret."""

from __future__ import annotations

import enum
import io
import logging
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.pretty import pretty_repr

from odatabatch import ODataBatchError
from tests.fuzz.contract import error_text
from tests.fuzz.secrets import markers_in, shown_by

PIECE = "s3cr"
"""How every marker begins: what was cut short is shown too."""


class Shown(Exception):
    """A secret was shown."""


class Watch:
    """Makes calls, and holds that nothing which comes back shows a secret.

    Args:
        hidden: the markers that nothing may show; None for all, and any piece of one.

    Attributes:
        met: the public names that were called or shown, such as ``Upgrade.answer``.
    """

    def __init__(self, hidden: frozenset[str] | None = None) -> None:
        self._hidden = hidden
        self.met: set[str] = set()

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What a call gives; None where it raises an ``ODataBatchError``.

        Text and bytes are content that was asked for, and are not looked at.

        Raises:
            Shown: the result or the error shows a secret.
            Exception: what else the call raises.
        """
        self.met.add(_name_of(function))
        try:
            result = function(*args, **kwargs)
            if isinstance(result, Iterator):  # of events
                result = tuple(result)
        except ODataBatchError as error:
            self.error(error)
            return None
        self.show(result)
        return result

    def show(self, *items: Any) -> None:
        """Look at what objects show, and at what their public attributes do.

        Raises:
            Shown: one shows a secret.
        """
        for item in items:
            for found in _reached(item):
                self.met.update(kind.__name__ for kind in type(found).__mro__)
                self.text("\n".join(texts_of(found)))

    def error(self, error: BaseException) -> None:
        """Look at what an error shows, in every way that one is shown.

        Raises:
            Shown: it shows a secret.
        """
        self.met.update(kind.__name__ for kind in type(error).__mro__)
        self.text("\n".join(texts_of_error(error)))
        self.show(*[value for value in vars(error).values() if not isinstance(value, str)])

    def foreign(self, error: BaseException) -> None:
        """Look at what an error of a client library shows, and wholly at ours that are behind it.

        Its attributes are the library's own: they hold the client's request.

        Raises:
            Shown: it shows a secret.
        """
        self.text("\n".join([str(error), repr(error), *_printed(error)]))
        behind: BaseException | None = error
        while behind is not None:
            for other in (behind.__context__, behind.__cause__):
                if isinstance(other, ODataBatchError):
                    self.error(other)
            behind = behind.__cause__ or behind.__context__

    def text(self, text: str) -> None:
        """Look at a text.

        Raises:
            Shown: it has a secret.
        """
        shown = markers_in(text)
        if self._hidden is not None:
            shown &= self._hidden
        elif PIECE in text.lower():
            shown.add(PIECE)
        if shown:
            raise Shown(f"{', '.join(sorted(shown))} in {text}")


def _name_of(function: Callable[..., Any]) -> str:
    """The name of a function, or of a method with that of its class."""
    owner = getattr(function, "__self__", None)
    if owner is None or isinstance(owner, ModuleType):
        return function.__name__
    return f"{(owner if isinstance(owner, type) else type(owner)).__name__}.{function.__name__}"


def texts_of(item: Any) -> list[str]:
    """The texts that an object makes of itself."""
    pieces = [shown_by(item), ascii(item), f"{item}", "%r %s" % (item, item)]  # noqa: UP031
    return [*pieces, pretty_repr(item, max_width=200)]


def texts_of_error(error: BaseException) -> list[str]:
    """The texts that an error makes of itself, with all that stands behind it."""
    notes = getattr(error, "__notes__", [])
    return [error_text(error), *texts_of(error), *_printed(error), *notes]


def _printed(error: BaseException) -> list[str]:
    """What the interpreter prints of an error that nobody catches, and a log."""
    told = traceback.TracebackException.from_exception(error, capture_locals=False)
    logged = logging.Formatter().formatException((type(error), error, error.__traceback__))
    return [*told.format(chain=True), logged]


def drawn(item: Any) -> str:
    """What rich prints of an object: slower than ``texts_of``, and so for few."""
    console = Console(file=io.StringIO(), width=200)
    console.print(item)
    console.print([item])
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return str(text)


def _reached(item: Any) -> Iterator[Any]:
    """An object, and those of this package that its public attributes lead to."""
    seen: set[int] = set()
    waiting = [item]
    keep = []  # so that no identity is given twice
    while waiting:
        found = waiting.pop()
        if isinstance(found, tuple | list) and type(found) in (tuple, list):
            waiting += found
        elif _is_ours(found) and id(found) not in seen:
            seen.add(id(found))
            keep.append(found)
            yield found
            waiting += _attributes(found)


def _is_ours(item: Any) -> bool:
    return type(item).__module__.startswith("odatabatch") and not isinstance(item, enum.Enum)


def _attributes(item: Any) -> Iterator[Any]:
    for name in dir(type(item)):
        kind = getattr(type(item), name)
        if not name.startswith("_") and not callable(kind):
            yield getattr(item, name)
