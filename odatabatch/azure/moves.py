"""One task or job moved from an api-version to another: the rules carried out on its JSON text.

Where it crosses no rule, its bytes stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec

from odatabatch.azure.json_edit import DROP, Edit, Edits, edited
from odatabatch.azure.json_text import (
    MAX_DEPTH,
    as_object,
    depth_of,
    is_annotation,
    kind_of,
    read_shaped,
)
from odatabatch.azure.notes import Change, Finding, Path, path_text
from odatabatch.azure.plans import ANNOTATION_FIELDS, Absence, Plan, Step, route_of
from odatabatch.azure.rule import Effect, Rule
from odatabatch.azure.rules import FIRST_SCHEMA
from odatabatch.azure.schema import OPEN, TASK
from odatabatch.azure.task_rules import SCOPE_DEFAULT
from odatabatch.azure.versions import is_before
from odatabatch.errors import TaskError
from odatabatch.http_message import as_bytes

_NOT_ELEVATED = "its absence means the same: a user without administrator's rights"
_NO_USER = "older versions know neither a named user nor the scope of an autoUser"
_NO_LEVEL = "older versions know an administrator and one who is none"
_SCOPE_TASK = "what older versions did by the swagger, which knows no other"
_LEVEL = ("autoUser", "elevationLevel")
_NULL = "null says nothing"
_SCOPE = ("autoUser", "scope")
_TAKING = ("added", "removed", "replaced")  # rules for which one version lacks the member
_finding = cache(Finding)  # there are as many as rules, and a look costs a third of making one
# Blobs of the public cloud, and of the national ones.
_BLOB = re.compile(
    r"https?://[^/?#]+\.blob\.(?:storage\.azure\.net|core\.(?:windows\.net|chinacloudapi\.cn"
    r"|usgovcloudapi\.net|cloudapi\.de))/",
    re.IGNORECASE,
)
_COLLECTION_DEPTH = 2  # the object and the array that a task stands in
# Annotations that say nothing, and the values with which they do; None: whatever they say.
_USUAL = {
    "odata.type": (None, "Microsoft.Azure.Batch.Protocol.Entities.Task"),
    "odata.metadata": None,
}

_COLLECTION_PAGE = "Add a collection of tasks to a job (2017)"
UNKNOWN_MEMBER = Finding(
    "unknown_member",
    "conditional",
    "kept; that version has no such member, and the service refuses members that it does not know",
    _COLLECTION_PAGE,
)
SCHEMA_UNKNOWN = Finding(
    "schema_unknown",
    "conditional",
    f"kept; the members of versions before {FIRST_SCHEMA} are known from recordings alone",
    "public recordings",
)
ANNOTATION = Finding("dropped", "exact", "a collection holds nothing but tasks", _COLLECTION_PAGE)
OTHER_ANNOTATION = Finding(
    "dropped", "lost", "a collection holds tasks without annotations", _COLLECTION_PAGE
)


class Moved(NamedTuple):
    """A task, or a job, after the move.

    Attributes:
        id: a task's id; empty where it need not have one.
        raw: its JSON text.
        findings: what changed, and where in the task as it was.
    """

    id: str
    raw: bytes
    findings: list[tuple[Path, Finding]]


def move(
    body: bytes,
    source: str,
    target: str,
    explicit_defaults: bool = True,
    annotated: bool = True,
) -> Moved:
    """A task's JSON text for another api-version.

    Args:
        body: the text, in UTF-8.
        source: the api-version that it was written for.
        target: the one that it is to be for; older, the same, or newer.
        explicit_defaults: whether a default that has changed is written out where the task leaves
            it to the service.
        annotated: whether annotations of OData, such as ``odata.type``, have a place there.

    Raises:
        TaskError: missing_member: it has no id or no commandLine; wrong_type; member_conflict: a
            member's new name is another's already; those of ``json_text.read_object``.
    """
    return Mover(source, target, explicit_defaults, annotated).move(body)


class Mover:
    """Moves tasks or jobs from one api-version to another; arguments and errors as ``move``.

    Args:
        source: the api-version that they were written for.
        target: the one that they are to be for.
        explicit_defaults: as for ``move``.
        annotated: likewise.
        root: ``schema.TASK`` or ``schema.JOB``.
        of: what the texts are: whole tasks, ``part`` of one, as an update has it, or an ``answer``,
            which has more members than a request and leaves nothing to a default.
    """

    __slots__ = ("_annotated", "_answer", "_explicit", "_findings", "_known", "_route")

    def __init__(
        self,
        source: str,
        target: str,
        explicit_defaults: bool = True,
        annotated: bool = True,
        root: str = TASK,
        of: Literal["whole", "part", "answer"] = "whole",
    ) -> None:
        self._explicit = explicit_defaults
        self._annotated = annotated
        self._answer = of == "answer"
        self._route = route_of(source, target, root, of == "whole")
        # Of the task on its way: what was found, and whether it fits the route's shape.
        self._findings: list[tuple[Path, Finding]] = []
        self._known = False

    def move(self, body: bytes) -> Moved:
        """The next task."""
        route = self._route
        value, self._known = read_shaped(body, route.shape)
        as_object(value, body)
        findings: list[tuple[Path, Finding]] = []
        self._findings = findings
        edits = self._object(value, route.plan, ())
        if not self._annotated:
            edits = self._without_annotations(value, edits)
        if not route.needed:
            task_id = ""
        elif self._known:
            task_id = value[route.needed[0][0]]
        else:
            task_id, _ = (_required(value, names) for names in route.needed)
            if not self._annotated and depth_of(value) > MAX_DEPTH - _COLLECTION_DEPTH:
                message = f"expected at most {MAX_DEPTH - _COLLECTION_DEPTH} levels in a task"
                raise TaskError("json_too_deep", message, offset=0)
        return Moved(task_id, edited(body, edits) if edits else as_bytes(body), findings)

    def _object(self, value: dict[str, Any], plan: Plan, path: Path) -> Edits | None:
        """The edits that an object needs, or None."""
        edits: dict[str, Edit] = {}
        # What fits the shape needs no look at each member, only at those with a rule: a third of
        # the time.
        for name, step in plan.active if self._known else self._steps(value, plan, path):
            if name not in value:
                continue
            edit: Edit | None
            if step.settled is not None:
                edit, findings = step.settled
                self._findings += [((*path, name), finding) for finding in findings]
            else:
                edit = self._member(name, value[name], step, (*path, name))
            if edit is not None:
                edits[name] = edit
                if edit.name != name and edit.name in value:
                    raise _conflict((*path, name))
        absences = plan.fills if self._known else plan.absences
        if self._answer:
            absences = ()
        added = self._fill(value, absences, path, edits) if absences else []
        return Edits(edits, added) if edits or added else None

    def _steps(self, value: dict[str, Any], plan: Plan, path: Path) -> Iterator[tuple[str, Step]]:
        """The steps of an object's members, each of the right type; unknown ones are noted."""
        for name, child in value.items():
            step = plan.steps.get(name)
            if step is None:
                if not (self._answer or plan.owner in OPEN or (not path and is_annotation(name))):
                    finding = SCHEMA_UNKNOWN if self._route.unseen else UNKNOWN_MEMBER
                    self._findings.append(((*path, name), finding))
            elif child is not None and type(child) is not step.type:
                raise _wrong_type(step.kind, child, (*path, name))
            else:
                if step.texts and child is not None:
                    _refuse_others_than_text(child, (*path, name))
                yield name, step

    def _without_annotations(self, value: dict[str, Any], edits: Edits | None) -> Edits | None:
        """The edits, with those that drop the annotations of a task."""
        for name in ANNOTATION_FIELDS.values() if self._known else value:
            if name in value and (self._known or is_annotation(name)):
                usual = _USUAL.get(name, ())
                plain = usual is None or value[name] in usual
                self._findings.append(((name,), ANNOTATION if plain else OTHER_ANNOTATION))
                edits = edits or Edits()
                edits.members[name] = DROP
        return edits

    def _note(
        self,
        path: Path,
        change: Change,
        rule: Rule,
        effect: Effect | None = None,
        detail: str | None = None,
    ) -> None:
        effect = effect or rule.effect(self._route.forward)
        told = detail or rule.told(self._route.forward)
        finding = _finding(change, effect, told, rule.source)
        self._findings.append((path, finding))

    def _member(self, name: str, child: Any, step: Step, path: Path) -> Edit | None:
        """What becomes of a member that crosses a rule, or has objects in it."""
        if step.name is None:
            return self._gone(child, step, path)
        value = None
        for rule in step.rules:
            if rule.change == "renamed":
                exact = not self._route.forward and (child is None or _is_blob(rule, child))
                self._note(path, "renamed", rule, "exact" if exact else None)
            elif rule.change == "respelled" and child is not None:
                value = self._respelled(child, step.words, rule, path)
            elif rule.change == "seen":
                self._note(path, "schema_unknown", rule)
        inside = None
        if step.inside is not None and child is not None:
            inside = self._inside(child, step.inside, path)
        if value is None and inside is None and name == step.name:
            return None
        return Edit(step.name, value, inside)

    def _inside(self, child: Any, plan: Plan, path: Path) -> Edits | dict[int, Edits] | None:
        """The edits of the object, or of the objects, that a member holds."""
        if isinstance(child, dict):
            return self._object(child, plan, path)
        items: dict[int, Edits] = {}
        for index, item in enumerate(child):
            here = (*path, index)
            if type(item) is not dict:
                raise _wrong_type("object", item, here)
            edits = self._object(item, plan, here)
            if edits is not None:
                items[index] = edits
        return items or None

    def _respelled(
        self, child: str, words: tuple[str, ...], rule: Rule, path: Path
    ) -> bytes | None:
        for word in words:
            if word.lower() == child.lower() and word != child:
                self._note(path, "respelled", rule)
                return msgspec.json.encode(word)
        return None

    def _gone(self, child: Any, step: Step, path: Path) -> Edit:
        """What becomes of a member that the other version does not have."""
        rule = next(rule for rule in step.rules if rule.change in _TAKING)
        if rule.change == "replaced" and child is not None:
            return self._replaced(child, rule, path)
        # Words have no case: the service reads them in any, and documents differ in it.
        granted = rule.was and msgspec.json.encode(child).lower() == rule.was.lower().encode(
            "ascii"
        )
        exact = granted or child in (None, [])
        self._note(path, "dropped", rule, "exact" if exact else None)
        return DROP

    def _replaced(self, child: Any, rule: Rule, path: Path) -> Edit:
        """What becomes of runElevated, or of the userIdentity that replaced it."""
        if not self._route.forward:
            return Edit(rule.member, self._elevated(child, rule, path))
        if not child:
            self._note(path, "dropped", rule, "exact", _NOT_ELEVATED)
            return DROP
        self._note(path, "replaced", rule)
        auto_user: dict[str, Any] = {"elevationLevel": "admin"}
        for name, text in self._fill(
            auto_user, self._route.auto_user.fills, (*path[:-1], rule.now, "autoUser"), {}
        ):
            auto_user[name] = msgspec.Raw(text)
        return Edit(rule.now, msgspec.json.encode({"autoUser": auto_user}))

    def _elevated(self, identity: dict[str, Any], rule: Rule, path: Path) -> bytes:
        """Whether a user identity means an administrator; a note for what else it says."""
        auto_user = identity.get("autoUser")
        if not isinstance(auto_user, dict | None):
            raise _wrong_type("object", auto_user, (*path, "autoUser"))
        level = (auto_user or {}).get("elevationLevel")
        if not isinstance(level, str | None):
            raise _wrong_type("string", level, (*path, *_LEVEL))
        word = (level or "").lower()
        self._note(path, "replaced", rule)
        if word not in ("", "admin", "nonadmin"):
            self._note((*path, *_LEVEL), "dropped", rule, "lost", _NO_LEVEL)
        said: list[tuple[Path, Any]] = [((name,), value) for name, value in identity.items()]
        said += [(("autoUser", name), value) for name, value in (auto_user or {}).items()]
        for steps, value in said:
            if steps in (("autoUser",), _LEVEL):
                continue
            if value is None:
                self._note((*path, *steps), "dropped", rule, "exact", _NULL)
            elif steps != _SCOPE:
                self._note((*path, *steps), "dropped", rule, "lost", _NO_USER)
        if auto_user is not None:
            self._lose_scope(auto_user.get("scope"), rule, (*path, *_SCOPE))
        return b"true" if word == "admin" else b"false"

    def _lose_scope(self, scope: Any, rule: Rule, path: Path) -> None:
        """A note for the scope that an autoUser has, be it by default: older versions know none."""
        default = SCOPE_DEFAULT
        absent = default.was if is_before(self._route.source, default.since) else default.now
        usual = str(absent if scope is None else scope).lower() == default.was
        if scope is not None:
            effect: Effect = "conditional" if usual else "lost"
            self._note(path, "dropped", rule, effect, _SCOPE_TASK if usual else _NO_USER)
        elif not usual:
            self._note(path, "default_changed", rule, "lost", _NO_USER)

    def _fill(
        self,
        value: dict[str, Any],
        absences: tuple[Absence, ...],
        path: Path,
        edits: dict[str, Edit],
    ) -> list[tuple[str, bytes]]:
        """Members that say what their absence said: as edits where they are null, else returned."""
        added: list[tuple[str, bytes]] = []
        for absence in absences:
            if value.get(absence.name) is not None:
                continue
            text = absence.text if absence.always or self._explicit else None
            if absence.name in value and text is not None:
                edits[absence.name] = Edit(absence.target, text)
            elif text is not None and absence.target not in value:
                if (absence.target, text) not in added:  # one text says all defaults of an object
                    added.append((absence.target, text))
            else:
                text = None
            finding = absence.unwritten if text is None else absence.written
            self._findings.append(((*path, *absence.steps), finding))
        return added


def _refuse_others_than_text(items: Any, path: Path) -> None:
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise _wrong_type("string", item, (*path, index))


def _is_blob(rule: Rule, url: Any) -> bool:
    """Whether a member that is renamed is the URL of a blob in Azure Storage."""
    return rule.member == "httpUrl" and isinstance(url, str) and _BLOB.match(url) is not None


def _wrong_type(expected: str, value: Any, path: Path) -> TaskError:
    message = f"expected a value of kind {expected}, got {kind_of(value)}"
    return TaskError("wrong_type", message, path=path_text("", path))


def _required(task: dict[str, Any], names: tuple[str, str]) -> str:
    """The text of a member that every version asks for, by either version's name."""
    for name in names:
        text = task.get(name)
        if isinstance(text, str):
            return text
    message = "expected this member, got a task without it"
    raise TaskError("missing_member", message, path=names[0])


def _conflict(path: Path) -> TaskError:
    message = "expected one of this member and of its newer or older name, got both"
    return TaskError("member_conflict", message, path=path_text("", path))
