"""JSON objects edited as bytes: values that nothing touches keep theirs, members their order.

Only objects in which something changes are written anew, without white space between members.
"""

from __future__ import annotations

import msgspec

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_write = msgspec.json.Encoder().encode


class Edit(msgspec.Struct, frozen=True, gc=False):
    """What becomes of one member.

    Attributes:
        name: its new name; None drops it.
        value: the JSON text of its new value; None keeps it.
        inside: edits of the object that its value is, or of the objects in an array.
    """

    name: str | None
    value: bytes | None = None
    inside: Edits | dict[int, Edits] | None = None


class Edits(msgspec.Struct):
    """What becomes of an object.

    Attributes:
        members: by their names; those without an edit stay.
        added: names and JSON texts of members that come last.
    """

    members: dict[str, Edit] = msgspec.field(default_factory=dict)
    added: list[tuple[str, bytes]] = msgspec.field(default_factory=list)


DROP = Edit(None)
"""The member goes."""


def edited(text: bytes, edits: Edits) -> bytes:
    """The JSON text of an object after those edits.

    Args:
        text: an object's, read by ``json_text.read_object`` before: a text with two members of
            one name would lose the first here.
        edits: with names that are members, and new names that no other member has.
    """
    return _write(_edited(_members(text), edits))


def _edited(members: dict[str, msgspec.Raw], edits: Edits) -> dict[str, msgspec.Raw]:
    """The members after those edits; the dict that is given goes into the result."""
    names: dict[str, str] = {}
    for name, edit in edits.members.items():
        if edit.name is None:
            del members[name]
            continue
        if edit.value is not None or edit.inside is not None:
            members[name] = _edited_value(members[name], edit)
        if edit.name != name:
            names[name] = edit.name
    if names:
        members = {names.get(name, name): value for name, value in members.items()}
    for name, text in edits.added:
        members[name] = msgspec.Raw(text)
    return members


def _edited_value(value: msgspec.Raw, edit: Edit) -> msgspec.Raw:
    if edit.value is not None:
        return msgspec.Raw(edit.value)
    if isinstance(edit.inside, Edits):
        return msgspec.Raw(_write(_edited(_members(value), edit.inside)))
    items = _items(value)
    for index, inside in (edit.inside or {}).items():
        items[index] = msgspec.Raw(_write(_edited(_members(items[index]), inside)))
    return msgspec.Raw(_write(items))
