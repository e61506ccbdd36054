"""Notes: what is not the same on both sides, and whether it was lost."""

from __future__ import annotations

from typing import get_args

import pytest

from odatabatch.azure import Note, TaskError, TranslationError, downgrade, upgrade
from odatabatch.azure.notes import (
    Change,
    Finding,
    Found,
    Path,
    notes_of,
    path_text,
    refuse_losses,
)
from odatabatch.azure.rule import Effect
from tests.azure.batches import WORK_ITEMS, batch, collection, operation, outer, task

OPERATION = "batch[2]/changeset[0]"
EXACT = Finding("renamed", "exact", "why", "page")
CONDITIONAL = Finding("written", "conditional", "when", "page")
LOST = Finding("dropped", "lost", "no such member", "swagger")
UNKNOWN = Finding("unknown_member", "conditional", "kept", "page")
UNSEEN = Finding("schema_unknown", "conditional", "kept", "page")


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        ("value[3]", (), "value[3]"),
        ("value[3]", ("id",), "value[3].id"),
        (OPERATION, ("body", "exitCodes", 0, "code"), f"{OPERATION}.body.exitCodes[0].code"),
        (OPERATION, ("body", "odata.type"), f'{OPERATION}.body["odata.type"]'),
        ("", ("constraints", "a b"), 'constraints["a b"]'),
        # Names of header fields are one kind, with a hyphen or without.
        ("request", ("headers", "Authorization"), 'request.headers["Authorization"]'),
        ("request", ("headers", "ocp-date"), 'request.headers["ocp-date"]'),
        ("request", ("headers", "\x1b\u00e9"), 'request.headers["\\x1b\\xe9"]'),
        ("value[0]", ("headers",), "value[0].headers"),
    ],
)
def test_path_text(base: str, path: Path, expected: str) -> None:
    """Members after a dot, items in brackets, other names quoted."""
    assert path_text(base, path) == expected


def test_notes_of() -> None:
    """One a finding, in their order."""
    found: list[Found] = [
        (OPERATION, ("body", "name"), EXACT),
        ("request", ("headers", "Date"), LOST),
    ]
    assert notes_of(iter(found)) == (
        Note(f"{OPERATION}.body.name", "renamed", "exact", "why", "page"),
        Note('request.headers["Date"]', "dropped", "lost", "no such member", "swagger"),
    )
    assert notes_of([]) == ()


class TestStrict:
    """What it refuses."""

    @pytest.mark.parametrize("found", [[], [EXACT, CONDITIONAL, UNSEEN]])
    def test_nothing(self, found: list[Finding]) -> None:
        """What means the same, or may, and members of versions that nobody knows."""
        refuse_losses((OPERATION, ("body", "x"), finding) for finding in found)

    def test_loss(self) -> None:
        """The first is named, the number of them told."""
        found: list[Found] = [
            (OPERATION, ("body", "id"), EXACT),
            (OPERATION, ("body", "fileMode"), LOST),
            ("batch[3]", (), LOST),
        ]
        with pytest.raises(TranslationError) as caught:
            refuse_losses(iter(found))
        error = caught.value
        assert not isinstance(error, TaskError)
        assert (error.code, error.path, error.part) == ("loss", f"{OPERATION}.body.fileMode", None)
        assert error.source == "swagger"
        assert "2 notes" in error.message

    @pytest.mark.parametrize(
        ("base", "path", "expected"),
        [
            (OPERATION, ("body", "x", 0, "y z"), (OPERATION, 'x[0]["y z"]')),
            ("batch[0]", ("body", "x"), ("batch[0]", "x")),
            ("value[1]", ("x", "y"), (None, "value[1].x.y")),
            ("value[1]", ("body",), (None, "value[1].body")),
        ],
    )
    def test_unknown_member(self, base: str, path: Path, expected: tuple[str | None, str]) -> None:
        """It goes before losses; in a batch the part is named, in a collection the whole path."""
        found: list[Found] = [(base, (*path[:-1], "lost"), LOST), (base, path, UNKNOWN)]
        with pytest.raises(TaskError) as caught:
            refuse_losses(found)
        error = caught.value
        assert (error.code, error.part, error.path) == ("unknown_member", *expected)


def test_what_translations_note() -> None:
    """Every note has a place, a known change and effect, a reason and a document."""
    target = f"http://a.batch.core.windows.net/workitems/w/jobs/j/tasks?api-version={WORK_ITEMS}"
    body = b'{"odata.type":"x","name":"a","commandLine":"x","runElevated":true,"z":1}'
    members = {
        "containerSettings": {"imageName": "i"},
        "userIdentity": {"username": "u"},
        "z": 1,
    }
    up = upgrade(
        batch(operation("1", body, target, client_request_id="x", X="y")),
        request=outer("/$batch", Authorization="secret", ocp_date="x"),
        ocp_date="y",
    )
    down = downgrade(
        collection(task("a", **members), Authorization="secret"), WORK_ITEMS, work_item="w"
    )
    for notes in (up.notes, down.notes):
        assert len({note.path for note in notes}) > 5
        for note in notes:
            assert note.path.startswith(("batch[0]/changeset[0].", "request.", "value[0]."))
            assert note.change in get_args(Change)
            assert note.effect in get_args(Effect)
            assert note.detail
            assert note.source
            assert "secret" not in repr(note)
        assert {note.effect for note in notes} == set(get_args(Effect))
