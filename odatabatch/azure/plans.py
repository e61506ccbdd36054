"""What becomes of each member between two api-versions.

``rules`` and ``schema``, laid out so that a task can be moved without looking anything up twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from odatabatch.azure.json_edit import Edit
from odatabatch.azure.notes import Finding, Path
from odatabatch.azure.rule import Rule
from odatabatch.azure.rules import FIRST_SCHEMA, changes, name_in, schema_of
from odatabatch.azure.schema import JOB, OPEN, TASK, TYPES, Member
from odatabatch.azure.task_rules import ALIASES
from odatabatch.azure.versions import is_before

ANNOTATION_FIELDS = {"odata_type": "odata.type", "odata_metadata": "odata.metadata"}
"""Annotations that tasks were seen with, by what they are called in a shape."""

_PYTHON_TYPES: dict[str, type] = {
    "string": str,
    "duration": str,
    "int32": int,
    "boolean": bool,
    "object": dict,
    "array": list,
}
_NEEDED = ("id", "commandLine")  # a task without them is refused: it could not be told of
_OF_ABSENCE = ("required", "optional", "default")  # what these rows say is in ``absences``
_JSON_KINDS = {"duration": "string", "int32": "whole number"}


class Step(NamedTuple):
    """What becomes of one member of an object.

    Attributes:
        name: what it is called in the other version; None where that has no such member.
        type: what Python type its value is read as.
        kind: the same in JSON's words.
        rules: those that it crosses, where it is there.
        words: that its value may be in the other version, or none.
        texts: whether its value is an array of texts.
        inside: what becomes of the objects in its value; None where it holds none.
        settled: what becomes of it whatever its value is, or None where that matters.
    """

    name: str | None
    type: type
    kind: str
    rules: tuple[Rule, ...]
    words: tuple[str, ...]
    texts: bool
    inside: Plan | None
    settled: Settled | None = None


class Settled(NamedTuple):
    """What becomes of a member whatever its value is."""

    edit: Edit
    findings: tuple[Finding, ...]


class Absence(NamedTuple):
    """What is to be done where a member is not there.

    Attributes:
        name: the member's, in the version that the task comes from.
        target: its name in the other.
        steps: the path of what the finding is about, from the object down.
        text: the JSON text of the value that says what its absence said, or None.
        always: whether that is written although it need not be told from a default.
        written: the finding where it is written.
        unwritten: the finding where it is not.
    """

    name: str
    target: str
    steps: Path
    text: bytes | None
    always: bool
    written: Finding
    unwritten: Finding


class Plan(NamedTuple):
    """What becomes of the objects of one type.

    Attributes:
        owner: the type.
        steps: by each member's name in the version that the task comes from.
        absences: those that matter.
        active: the steps of which something can come in an object of the route's shape.
        fills: likewise the absences.
    """

    owner: str
    steps: dict[str, Step]
    absences: tuple[Absence, ...]
    active: tuple[tuple[str, Step], ...]
    fills: tuple[Absence, ...]


class Route(NamedTuple):
    """What becomes of tasks or jobs, from one api-version to another.

    Attributes:
        source: the version that they come from.
        forward: whether the other is newer.
        unseen: whether the members of the first are known from recordings alone.
        plan: of the task, or job, itself.
        shape: a type of msgspec's that fits one whose members are all known and of the right
            types, and in which none is missing that has to be there.
        needed: what an id and a commandLine are called in the two; empty where they may be absent.
        auto_user: the plan of an autoUser, which takes the place of an older member.
    """

    source: str
    forward: bool
    unseen: bool
    plan: Plan
    shape: type
    needed: tuple[tuple[str, str], ...]
    auto_user: Plan


_NEW_HOLDER = Finding(
    "written",
    "conditional",
    "a task without constraints takes the job's maxTaskRetryCount; no document says whether one "
    "whose constraints do not name it does",
    "Add a collection of tasks to a job (2017)",
)
"""Where constraints are written for the sake of a default in them."""


@cache
def route_of(source: str, target: str, root: str = TASK, whole: bool = True) -> Route:
    """The route from one api-version to the other.

    Args:
        source: the one.
        target: the other.
        root: ``TASK`` or ``JOB``.
        whole: whether a task must have an id and a commandLine.
    """
    needed = _NEEDED if whole and root == TASK else ()
    shape = _shape_of(root, source, target, {})
    # msgspec works out a type and those inside it when it is first used, and the interpreter
    # crashes where another thread uses one of them meanwhile. So a route has types of its own,
    # which are worked out before anybody else has them.
    msgspec.json.Decoder(shape)
    return Route(
        source,
        is_before(source, target),
        is_before(source, FIRST_SCHEMA),
        plan_of(root, source, target),
        shape,
        tuple((name_in(source, TASK, it), name_in(target, TASK, it)) for it in needed),
        plan_of("AutoUserSpecification", source, target),
    )


@cache
def plan_of(owner: str, source: str, target: str) -> Plan:
    """What becomes of objects of a type, from one api-version to the other."""
    members, others = schema_of(source)[owner], schema_of(target)[owner]
    crossed = [
        rule
        for rule in changes(source, target, jobs=True)
        if rule.owner == owner and rule.change not in _OF_ABSENCE
    ]
    steps: dict[str, Step] = {}
    for newest in TYPES[owner]:
        name, other = name_in(source, owner, newest), name_in(target, owner, newest)
        if name in members:
            member = members[name]
            rules = tuple(rule for rule in crossed if newest in (rule.member, rule.now))
            steps[name] = Step(
                other if other in others else None,
                _PYTHON_TYPES[member.kind],
                _JSON_KINDS.get(member.kind, member.kind),
                rules,
                others[other].words if other in others else (),
                (member.kind, member.of) == ("array", "string"),
                plan_of(member.of, source, target) if member.of in TYPES else None,
            )
    for alias in ALIASES:
        if alias.owner == owner and alias.member in steps:
            step = steps[alias.member]
            steps[alias.was] = step._replace(rules=(*step.rules, alias))
    forward = is_before(source, target)
    steps = {name: step._replace(settled=_settled(step, forward)) for name, step in steps.items()}
    absences = tuple(_absences(owner, source, target))
    active = tuple((name, step) for name, step in steps.items() if _matters(step))
    fills = tuple(absence for absence in absences if absence.text is not None)
    return Plan(owner, steps, absences, active, fills)


def _settled(step: Step, forward: bool) -> Settled | None:
    if step.name is None or step.inside is not None or not step.rules:
        return None
    effects = {rule.effect(forward) for rule in step.rules}
    if effects != {"exact"} or any(rule.change != "renamed" for rule in step.rules):
        return None
    findings = [Finding("renamed", "exact", rule.detail, rule.source) for rule in step.rules]
    return Settled(Edit(step.name), tuple(findings))


def _matters(step: Step) -> bool:
    """Whether something can come of a member, or of one in it; no name changes without a rule."""
    inside = step.inside
    deeper = inside is not None and (bool(inside.active) or bool(inside.fills))
    return bool(step.rules) or deeper


def _absences(owner: str, source: str, target: str) -> Iterator[Absence]:
    forward = is_before(source, target)
    members, others = schema_of(source)[owner], schema_of(target)[owner]
    for rule in changes(source, target, jobs=True):
        names = name_in(source, rule.owner, rule.member), name_in(target, rule.owner, rule.member)
        if rule.change == "default":
            told = rule.told(forward)
            written = Finding("written", rule.effect(forward), told, rule.source)
            unwritten = Finding("default_changed", "conditional", told, rule.source)
            if rule.owner == owner:
                text = _default_text(rule, source, target)
                yield Absence(*names, (names[0],), text, False, written, unwritten)
            elif rule.holder in TYPES[owner] and TYPES[owner][rule.holder].of == rule.owner:
                holders = name_in(source, owner, rule.holder), name_in(target, owner, rule.holder)
                steps = holders[0], names[0]
                text = _held_text(rule, source, target)
                written = _NEW_HOLDER._replace(
                    detail=f"{told}; {_NEW_HOLDER.detail}",
                    source=f"{rule.source}; {_NEW_HOLDER.source}",
                )
                yield Absence(*holders, steps, text, False, written, unwritten)
        elif rule.owner == owner and rule.change in ("required", "optional"):
            asks = _asks(others, names[1]) and not _asks(members, names[0])
            if asks and rule.change == ("required" if forward else "optional"):
                written = Finding("written", "exact", rule.detail, rule.source)
                unwritten = Finding("required", "lost", rule.detail, rule.source)
                granted = rule.was.encode("ascii") or None
                yield Absence(*names, (names[0],), granted, True, written, unwritten)


def _asks(members: dict[str, Member], name: str) -> bool:
    """Whether a version has a member, and asks for it."""
    return name in members and members[name].required


def _default_text(rule: Rule, source: str, target: str) -> bytes:
    """What a member's absence said in the source, as JSON: in words where the member is a text.

    Args:
        rule: one of those between the two that are about this default.
        source: the version that the task comes from.
        target: the other.
    """
    about = [
        it
        for it in changes(source, target, jobs=True)
        if (it.change, it.owner, it.member) == ("default", rule.owner, rule.member)
    ]
    said = about[0].was if is_before(source, target) else about[-1].now
    is_text = _PYTHON_TYPES[TYPES[rule.owner][rule.member].kind] is str
    return msgspec.json.encode(said) if is_text else said.encode("ascii")


def _held_text(rule: Rule, source: str, target: str) -> bytes:
    """The object that says all defaults that changed in it, where it is not there."""
    held = {
        name_in(target, it.owner, it.member): msgspec.Raw(_default_text(it, source, target))
        for it in changes(source, target, jobs=True)
        if (it.holder, it.owner) == (rule.holder, rule.owner)
    }
    return msgspec.json.encode(held)


def _shape_of(
    owner: str, source: str, target: str, made: dict[str, type[msgspec.Struct]]
) -> type[msgspec.Struct]:
    """The shape of objects of a type; ``made`` has those of the route that were made before."""
    if owner in made:
        return made[owner]
    members = dict(schema_of(source)[owner])
    for alias in ALIASES:
        if alias.owner == owner and alias.member in members:
            members[alias.was] = members[alias.member]
    needed = {
        absence.name for absence in plan_of(owner, source, target).absences if absence.text is None
    }
    if owner == TASK:
        needed |= {name_in(source, TASK, member) for member in _NEEDED}
    fields: list[Any] = []
    for name, member in members.items():
        kind = _type_of(member, source, target, made)
        fields.append((name, kind) if name in needed else (name, kind | None, None))
    renamed = dict(ANNOTATION_FIELDS) if owner in (TASK, JOB) else {}
    fields += [(field, str | None, None) for field in renamed]
    made[owner] = msgspec.defstruct(
        owner,
        fields,
        rename=renamed,
        forbid_unknown_fields=owner not in OPEN,
        kw_only=True,
        gc=False,
    )
    return made[owner]


def _type_of(
    member: Member, source: str, target: str, made: dict[str, type[msgspec.Struct]]
) -> Any:
    kind: Any = _PYTHON_TYPES[member.kind]
    if member.of in TYPES:
        kind = _shape_of(member.of, source, target, made)
    elif member.kind == "array":
        kind = str if member.of == "string" else Any
    return list[kind] if member.kind == "array" else kind
