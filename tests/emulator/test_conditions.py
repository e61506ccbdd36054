"""Conditional header fields (RFC 9110 §13)."""

from __future__ import annotations

import pytest

from tests.emulator.scenes import TICKS, add, ask, code, service

T = "/jobs/job/tasks/t"
TAG = f"0x{TICKS + 1:X}"
SECOND = "Fri, 22 Apr 2016 00:32:47 GMT"
BEFORE = "Fri, 22 Apr 2016 00:32:46 GMT"

HOLDS = [
    {"If_Match": TAG},
    {"If_Match": "*"},
    {"If_Match": f'"0x1", "{TAG}"'},
    {"If_None_Match": "0x1"},
    {"If_Modified_Since": BEFORE},
    {"If_Unmodified_Since": SECOND},
    {"If_Match": TAG, "If_Unmodified_Since": SECOND},
    {"If_None_Match": "0x1", "If_Modified_Since": BEFORE},
    {"If_Match": TAG, "If_Unmodified_Since": BEFORE},
    {"If_None_Match": "0x1", "If_Modified_Since": SECOND},
    {"If_None_Match": "0x1", "If_Modified_Since": "yesterday"},
]
FAILS = [
    ({"If_Match": "0x1"}, 412),
    ({"If_Unmodified_Since": BEFORE}, 412),
    ({"If_None_Match": TAG}, 304),
    ({"If_None_Match": "*"}, 304),
    ({"If_None_Match": f'W/"{TAG}"'}, 304),
    ({"If_Modified_Since": SECOND}, 304),
    ({"If_Match": "0x1", "If_Unmodified_Since": SECOND}, 412),
    ({"If_None_Match": TAG, "If_Modified_Since": BEFORE}, 304),
]


@pytest.mark.parametrize("fields", HOLDS)
def test_holds(fields: dict[str, str]) -> None:
    """The call is carried out; of a pair the date is not looked at (§13.1.3, §13.1.4)."""
    asked = service()
    add(asked, "t")
    assert ask(asked, "GET", T, **fields).status == 200
    assert ask(asked, "DELETE", T, **fields).status == 200


@pytest.mark.parametrize(("fields", "status"), FAILS)
def test_fails(fields: dict[str, str], status: int) -> None:
    """Of a read 304 without content, or 412; of a change 412, and it is not made.

    A 304 has the ETag that a 200 would have (§15.4.5).
    """
    asked = service()
    add(asked, "t")
    response = ask(asked, "GET", T, **fields)
    assert response.status == status
    assert (response.body == b"") is (status == 304)
    assert response.headers.get("ETag") == (TAG if status == 304 else None)
    for method, target, body in (
        ("DELETE", T, None),
        ("PUT", T, {"constraints": {}}),
        ("POST", f"{T}/terminate", None),
        ("POST", f"{T}/reactivate", None),
    ):
        before = asked.tasks("job")
        response = ask(asked, method, target, body, **fields)
        assert (response.status, code(response)) == (412, "ConditionNotMet")
        assert asked.tasks("job") == before


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"If_Match": "*", "If_None_Match": "0x1"}, "MultipleConditionHeadersNotSupported"),
        ({"If_Match": "*", "If_Modified_Since": BEFORE}, "MultipleConditionHeadersNotSupported"),
        (
            {"If_Match": "*", "If_Unmodified_Since": SECOND, "If_Modified_Since": BEFORE},
            "MultipleConditionHeadersNotSupported",
        ),
        ({"If_Modified_Since": "yesterday"}, "InvalidHeaderValue"),
    ],
)
def test_refused(fields: dict[str, str], expected: str) -> None:
    """Others together, and dates that are none."""
    asked = service()
    add(asked, "t")
    response = ask(asked, "GET", T, **fields)
    assert (response.status, code(response)) == (400, expected)
