"""docs/emulator.md has every member of every fault, and its script is one."""

from __future__ import annotations

from odatabatch.emulator import Cut, FailRequest, FailTasks, Fault, Hang, Slow, read_faults
from odatabatch.emulator.faults import OPERATIONS
from tests.test_docs import DOCS, blocks, names_in, rows, sections

PAGE = DOCS / "emulator.md"
KINDS = {kind.__struct_config__.tag: kind for kind in (FailRequest, FailTasks, Hang, Cut, Slow)}


def test_shared_members() -> None:
    """Those of every fault, and the operations that they name."""
    found = {
        names_in(row["member of every fault"])[0]: row
        for row in rows(PAGE)
        if "member of every fault" in row
    }
    assert list(found) == ["do", *Fault.__struct_fields__]
    assert set(names_in(found["operation"]["meaning"])) == OPERATIONS


def test_own_members() -> None:
    """Those of each kind."""
    found: dict[object, list[str]] = {}
    for row in rows(PAGE):
        if "`do`" in row:
            (do,), (member,) = names_in(row["`do`"]), names_in(row["member"])
            found.setdefault(do, []).append(member)
    assert found == {
        tag: [name for name in kind.__struct_fields__ if name not in Fault.__struct_fields__]
        for tag, kind in KINDS.items()
    }


def test_script() -> None:
    """The script on the page can be read."""
    ((_, script),) = blocks(PAGE, "json")
    assert len(read_faults(script.encode())) == 3
    assert "Faults" in sections(PAGE)
