"""The table of errors' texts, and that a text which is not in it is noticed."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest

from odatabatch import (
    ODATA_V4,
    Batch,
    BatchResponse,
    Headers,
    RequestDecoder,
    RequestEncoder,
    ResponseEncoder,
    check,
    correlate,
    decode_request,
    detect,
    encode_request,
    encode_response,
    references,
)
from odatabatch.azure import SharedKey, validate
from odatabatch.azure.answers import check_answers
from odatabatch.azure.envelope import check_types
from odatabatch.azure.operations import move, move_answer
from odatabatch.azure.versions import check_version
from odatabatch.errors import LimitError, ODataBatchError, TranslationError
from tests import texts

ROWS = list(csv.reader(texts.TABLE.read_text("utf-8").splitlines()))


def test_order() -> None:
    """Each row once, by type and code, so that one finds it."""
    assert ROWS[0] == ["type", "code", "text", "source"]
    assert ROWS[1:] == [list(row) for row in sorted({tuple(row) for row in ROWS[1:]})]


@pytest.mark.parametrize("text", [row[2] for row in ROWS[1:]])
def test_style(text: str) -> None:
    """A text is lower case at its beginning, has no full stop, and nothing at its ends."""
    assert text == text.strip()
    assert not text.endswith(".")
    assert text[0].islower() or text.startswith(("Content-ID", "{"))


def test_holes() -> None:
    """Each kind of hole is that of a row."""
    assert {name for row in ROWS for name in texts.HOLES if f"{{{name}}}" in "".join(row)} == set(
        texts.HOLES
    )


def noticed() -> list[str]:
    """What was noticed since the test began, which forgets it."""
    found = [*texts.unlisted]
    texts.unlisted.clear()
    return found


def test_listed() -> None:
    """The package's own texts pass."""
    with pytest.raises(TranslationError):
        check_version("2013-01-01")
    with pytest.raises(TypeError):
        RequestDecoder(5)  # type: ignore[arg-type]
    assert noticed() == []


@pytest.mark.parametrize(
    ("part", "count"), [("part", 0), ("message", 1), ("code", 1), ("source", 1)]
)
def test_another(monkeypatch: pytest.MonkeyPatch, part: str, count: int) -> None:
    """An error with another text, code or source is noticed, wherever it is caught."""

    class Other(TranslationError):
        def __init__(self, code: str, message: str, **told: str) -> None:
            changed = {"code": code, "message": message, **told}
            changed[part] = "another"
            super().__init__(**changed)  # type: ignore[arg-type]

    Other.__name__ = TranslationError.__name__
    monkeypatch.setattr("odatabatch.azure.versions.TranslationError", Other)
    monkeypatch.setattr(texts, "PACKAGE", "")
    with pytest.raises(ODataBatchError):
        check_version("2013-01-01")
    assert len(noticed()) == count


def test_errors_of_tests() -> None:
    """What a test makes itself may say anything; so may Python."""
    LimitError("code", "words")
    with pytest.raises(TypeError):
        Headers(5)  # type: ignore[arg-type]
    assert noticed() == []


@pytest.mark.parametrize(
    "call",
    [
        lambda: check(5),  # type: ignore[arg-type]
        lambda: check_answers([5], [()]),  # type: ignore[list-item]
        lambda: check_types(5, None),
        lambda: check_types(None, 5),
        lambda: check_version(5),  # type: ignore[arg-type]
        lambda: correlate(Batch(()), BatchResponse(()), 5),  # type: ignore[arg-type]
        lambda: decode_request(5, "multipart/mixed; boundary=b"),  # type: ignore[arg-type]
        lambda: detect(Batch(()), candidates=[5]),  # type: ignore[list-item]
        lambda: encode_request(5),  # type: ignore[arg-type]
        lambda: encode_response(5),  # type: ignore[arg-type]
        lambda: move(5, "2025-06-01"),  # type: ignore[arg-type]
        lambda: move_answer(5, None, "2025-06-01"),  # type: ignore[arg-type]
        lambda: references(5),  # type: ignore[arg-type]
        lambda: RequestEncoder(dialect=5, boundaries=["b"]),  # type: ignore[arg-type]
        lambda: RequestEncoder(dialect=ODATA_V4, boundaries=["b"]).send(5),
        lambda: ResponseEncoder(dialect=ODATA_V4, boundaries=["b"]).send(5),
        lambda: SharedKey(5, ""),  # type: ignore[arg-type]
        lambda: SharedKey("a", "YQ==").signed(5, ""),  # type: ignore[type-var]
        lambda: validate(5),  # type: ignore[arg-type]
        lambda: RequestDecoder(5),  # type: ignore[arg-type]
        lambda: RequestDecoder("", limits=5),  # type: ignore[arg-type]
    ],
)
def test_type(call: Callable[[], object]) -> None:
    """The error for a wrong type names the type that came."""
    with pytest.raises(TypeError, match=r"(?:got|not) int$"):
        call()
