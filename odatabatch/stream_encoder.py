"""Events to bytes: a batch, or the answer to one, written as it comes into being.

The bytes are those of ``encode_request`` and ``encode_response`` given the same boundaries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from odatabatch.boundaries import BoundarySource, refuse_delimiters
from odatabatch.dialect import Dialect
from odatabatch.errors import EncodeError, UsageError
from odatabatch.headers import Headers
from odatabatch.judge import Judge
from odatabatch.media_type import quoted
from odatabatch.model import (
    BatchEnd,
    ChangesetEnd,
    ChangesetStart,
    path_of,
)
from odatabatch.part_writer import (
    REQUEST,
    RESPONSE,
    Kind,
    PartWriter,
    closing_pieces,
    leaf_pieces,
    opening_pieces,
)
from odatabatch.rules import allowed_codes, refuse_faults


class _EventEncoder:
    """Writes a batch event by event."""

    _kind: Kind

    def __init__(
        self, *, dialect: Dialect, boundaries: Iterable[str], allow: Iterable[str] = ()
    ) -> None:
        if not isinstance(dialect, Dialect):
            raise TypeError(f"expected a Dialect, got {type(dialect).__name__}")
        if isinstance(boundaries, str):
            raise TypeError("boundaries are several str, not one")
        self._allowed = allowed_codes(allow)
        self._writer = PartWriter(self._kind, dialect)
        self._judge = Judge(self._kind.leaf_type, dialect)
        self._boundaries = BoundarySource(boundaries)
        self._outer = self._boundaries.take()
        self._own: bytes | None = None  # of the changeset that is open
        self._index = 0  # of the part
        self._inner = 0  # of the operation in the changeset
        self._ended = False

    @property
    def content_type(self) -> str:
        """For the header of the message that carries the batch."""
        return f"multipart/mixed; boundary={quoted(self._outer).decode('ascii')}"

    def send(self, event: Any) -> bytes:
        """The bytes that can go out now.

        After an error nothing of the event is written, and another may be sent in its place. A
        boundary that was refused has been taken: another ``ChangesetStart`` takes the next.

        Args:
            event: what comes next: an operation, or an answer; a ``ChangesetStart``, a
                ``ChangesetEnd``; at last a ``BatchEnd``.

        Raises:
            EncodeError: as ``encode_request`` and ``encode_response``.
            RuleError: rule_broken: the event breaks a rule of the dialect. A reference to what has
                not been sent is an unknown_reference.
            UsageError: unexpected_event: it cannot come here: anything after the ``BatchEnd``, or a
                changeset that is opened twice or closed without being open.
            TypeError: it is no event of this direction, or an attribute has the wrong type.
        """
        if self._is_leaf(event):
            return b"".join(self._leaf(event))
        if isinstance(event, ChangesetStart):
            return b"".join(self._changeset_start(event))
        if isinstance(event, ChangesetEnd):
            return b"".join(self._changeset_end())
        if isinstance(event, BatchEnd):
            return b"".join(self._batch_end())
        expected = self._kind.leaf_type.__name__
        raise TypeError(f"expected {expected} or an event between, got {type(event).__name__}")

    def _is_leaf(self, event: Any) -> bool:
        return isinstance(event, self._kind.leaf_type)

    def _leaf(self, leaf: Any) -> tuple[bytes, ...]:
        self._expect("an operation", not self._ended)
        inner = None if self._own is None else self._inner
        with self._forgotten_if_refused(leaf):
            self._judge.leaf(leaf, self._index, inner)
            refuse_faults(self._judge.take(), self._allowed)
            text = self._writer.text(leaf).encode("latin-1")
            boundaries = [self._outer] if self._own is None else [self._outer, self._own]
            refuse_delimiters(text + leaf.body, boundaries, self._index, inner)
        if inner is None:
            self._index += 1
        else:
            self._inner += 1
        return leaf_pieces(self._own or self._outer, text, leaf.body)

    def _changeset_start(self, event: ChangesetStart) -> tuple[bytes, ...]:
        self._expect("a changeset", not self._ended and self._own is None)
        if not isinstance(event.part_headers, Headers):
            raise TypeError("part_headers are Headers")
        with self._forgotten_if_refused(event):
            self._judge.changeset(self._index, event.part_headers)
            refuse_faults(self._judge.take(), self._allowed)
            lines = self._writer.changeset_fields(event, self._index)
            refuse_delimiters(lines, [self._outer], self._index, None)
            own = self._boundaries.take()
        self._own, self._inner = own, 0
        return opening_pieces(self._outer, quoted(own), lines)

    def _changeset_end(self) -> tuple[bytes, ...]:
        self._expect("the end of a changeset", self._own is not None)
        own, self._own = self._own or b"", None
        self._index += 1
        return closing_pieces(own)

    def _batch_end(self) -> tuple[bytes, ...]:
        self._expect("the end of the batch", not self._ended and self._own is None)
        self._ended = True
        return closing_pieces(self._outer)

    @contextmanager
    def _forgotten_if_refused(self, event: Any) -> Iterator[None]:
        """Leave the judge as it was where the event is refused, and say where that is."""
        before = self._judge.state(event)
        try:
            yield
        except BaseException as error:  # a caller's boundaries may raise anything
            self._judge.reset(before)
            if isinstance(error, EncodeError) and error.part is None and self._is_leaf(event):
                error.part = path_of(self._index, None if self._own is None else self._inner)
            raise

    def _expect(self, what: str, in_order: bool) -> None:
        if not in_order:
            if self._ended:
                state = "after the end of the batch"
            else:
                state = "within a changeset" if self._own is not None else "outside of changesets"
            raise UsageError("unexpected_event", f"expected no event like {what} {state}")


class RequestEncoder(_EventEncoder):
    """Writes a batch request event by event.

    Args:
        dialect: in whose canonical form.
        boundaries: the batch's, of which ``content_type`` tells, then one a changeset; taken as
            they are needed, so a generator may make them.
        allow: the codes of those faults of ``check()`` that may stay.

    Raises:
        EncodeError: too_few_boundaries, invalid_boundary: there is none for the batch.
        TypeError: an argument has the wrong type.

    Source: RFC 2046 §5.1.1, OData 4.01 §11.7.
    """

    _kind = REQUEST


class ResponseEncoder(_EventEncoder):
    """Writes the answer to a batch request event by event: each as soon as it is known.

    Args:
        dialect: in whose canonical form.
        boundaries: see ``RequestEncoder``.
        allow: see ``RequestEncoder``.

    Raises:
        EncodeError: too_few_boundaries, invalid_boundary: there is none for the batch.
        TypeError: an argument has the wrong type.

    Source: RFC 2046 §5.1.1, OData 4.01 §11.7.
    """

    _kind = RESPONSE
