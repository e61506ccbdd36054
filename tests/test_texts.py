"""The table of errors' texts, and that a text which is not in it is noticed."""

from __future__ import annotations

import csv

import pytest

from odatabatch import Headers, RequestDecoder
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
