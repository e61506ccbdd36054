"""The error tree."""

from __future__ import annotations

import copy
import pickle

import pytest

from odatabatch import errors
from odatabatch.errors import (
    DecodeError,
    EncodeError,
    LimitError,
    ODataBatchError,
    OpenOutcomes,
    RuleError,
    SigningError,
    TaskError,
    TranslationError,
    TruncatedError,
    UsageError,
)

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and kind.__module__ == errors.__name__
]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


class TestTree:
    """The tree is as the module's docstring draws it."""

    @each_kind
    def test_one_root(self, kind: type[Exception]) -> None:
        """All have the one root, so that one except clause is enough."""
        assert issubclass(kind, ODataBatchError)

    @each_kind
    def test_drawn(self, kind: type[Exception]) -> None:
        """Each is drawn in the docstring."""
        assert kind.__name__ in (errors.__doc__ or "")

    @pytest.mark.parametrize(
        ("kind", "parent"),
        [
            (TruncatedError, DecodeError),
            (LimitError, DecodeError),
            (RuleError, EncodeError),
            (TaskError, TranslationError),
            (OpenOutcomes, TranslationError),
            (DecodeError, ODataBatchError),
            (EncodeError, ODataBatchError),
            (UsageError, ODataBatchError),
            (TranslationError, ODataBatchError),
            (SigningError, ODataBatchError),
        ],
    )
    def test_branches(self, kind: type[Exception], parent: type[Exception]) -> None:
        """Each hangs where it is drawn."""
        assert kind.__bases__ == (parent,)


class TestAttributes:
    """What an error carries, and how it reads."""

    def test_defaults(self) -> None:
        """What is not known is None."""
        error = ODataBatchError("code", "message")
        places = error.offset, error.line, error.part, error.path, error.source
        assert (error.code, error.message, *places) == ("code", "message", *[None] * 5)
        assert error.args == ("code", "message")

    def test_alone(self) -> None:
        """Without a place the text has none."""
        assert str(ODataBatchError("bare_lf", "expected this, got that")) == (
            "bare_lf: expected this, got that"
        )

    def test_all(self) -> None:
        """The text names every place that is known; zero is a place."""
        error = ODataBatchError(
            "code",
            "words",
            offset=0,
            line=1,
            part="batch[2]/changeset[0]",
            path="value[3].id",
            source="RFC 9112 §4",
        )
        assert str(error) == (
            "code: words at byte 0, line 1, batch[2]/changeset[0], value[3].id (RFC 9112 §4)"
        )

    def test_own_attributes(self) -> None:
        """Some carry what was done before, by default nothing."""
        assert TruncatedError("code", "words").operations == ()
        assert RuleError("code", "words").faults == ()
        assert OpenOutcomes("code", "words").operations == ()


class TestPickling:
    """Errors travel between processes, with all that they carry."""

    @each_kind
    def test_pickle(self, kind: type[ODataBatchError]) -> None:
        """Pickled and copied they are the same."""
        error = kind("code", "words", offset=3, line=2, part="batch[0]", path="id", source="§1")
        vars(error)["operations"] = ("one",)
        error.add_note("seen in the field")
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301
            assert type(again) is kind
            assert again.__dict__ == error.__dict__
            assert again.args == error.args
            assert str(again) == str(error)
            assert again.__notes__ == ["seen in the field"]
