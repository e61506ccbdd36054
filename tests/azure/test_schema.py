"""The members of a task: the table against itself, and against the documents' own."""

from __future__ import annotations

import csv
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odatabatch.azure.json_text import is_annotation, read_object
from odatabatch.azure.rules import FIRST_SCHEMA, Schema, schema_of
from odatabatch.azure.schema import ANY, JOB, OPEN, TASK, TYPES, Kind, Member, paths_of
from odatabatch.azure.versions import UNSEEN, VERSIONS, is_before
from tests.azure.recordings import needs_captures, needs_tables, single_adds, table

UNPUBLISHED = {"2021-01-01.13.0"}
"""Versions with a schema that were never published."""

DOCUMENTED = tuple(version for version in VERSIONS if not is_before(version, FIRST_SCHEMA))

# Of the models of azure-batch, which tell no number formats; their types have other names.
FROM_MODELS = ("2024-02-01.19.0", "2024-07-01.20.0", "2025-06-01")

each_version = pytest.mark.parametrize("version", VERSIONS)
each_documented = pytest.mark.parametrize("version", DOCUMENTED)


def flat(schema: Schema, owner: str = TASK, path: str = "") -> Iterator[tuple[str, Member]]:
    """Every member with its path; that of an array ends in brackets."""
    for name, member in schema[owner].items():
        here = f"{path}{name}{'[]' if member.kind == 'array' else ''}"
        yield here, member
        if member.of in schema:
            yield from flat(schema, member.of, f"{here}.")


class TestItself:
    """What holds without a document."""

    def test_kinds(self) -> None:
        """Each member is of a kind that there is; objects and arrays say of what."""
        for members in TYPES.values():
            for name, member in members.items():
                assert member.kind in typing.get_args(Kind), name
                assert (member.of != "") == (member.kind in ("object", "array")), name
                assert member.of in (*TYPES, "", "string", ANY), name
                assert (member.kind, member.of) != ("object", "string"), name

    def test_bounds(self) -> None:
        """Words and lengths belong to strings, least numbers to numbers."""
        for members in TYPES.values():
            for name, member in members.items():
                holds_strings = member.kind == "string" or member.of == "string"
                assert holds_strings or not member.words, name
                assert member.kind == "string" or member.longest is None, name
                assert member.kind == "int32" or member.least is None, name
                assert len({word.lower() for word in member.words}) == len(member.words), name

    def test_every_type_is_used(self) -> None:
        """Each type stands somewhere in a task or a job, and none inside itself."""
        for owner in TYPES:
            assert paths_of(owner) or paths_of(owner, JOB), owner
        assert paths_of(TASK) == ("",)
        assert paths_of("ResourceFile") == (
            "resourceFiles[]",
            "multiInstanceSettings.commonResourceFiles[]",
        )
        assert paths_of("AutoUserSpecification") == ("userIdentity.autoUser",)
        assert len(paths_of("ExitOptions")) == 5

    @each_version
    def test_total(self, version: str) -> None:
        """Every version has a schema: a task with an id and a command line, types that exist."""
        schema = schema_of(version)
        assert schema.keys() == TYPES.keys()
        required = {name for name, member in schema[TASK].items() if member.required}
        assert required == {"name" if version < "2015-06" else "id", "commandLine"}
        paths = [path for path, _ in flat(schema)]
        assert len(paths) == len(set(paths))


def test_written_down() -> None:
    """A copy that does not change with the table; it was compared with the documents below."""
    text = (Path(__file__).parent / "members.csv").read_text("ascii")
    rows = [
        (owner, name, it.kind, it.of, "yes" if it.required else "",
         "" if it.longest is None else str(it.longest), "" if it.least is None else str(it.least),
         " ".join(it.words))
        for owner, members in TYPES.items()
        for name, it in members.items()
    ]  # fmt: skip
    assert [tuple(row) for row in csv.reader(text.splitlines())][1:] == rows
    assert {"VirtualMachineConfiguration", "ContainerConfiguration"} == OPEN


@needs_tables
class TestDocuments:
    """The package's table against those made of the swagger and of the models."""

    def test_versions(self) -> None:
        """The versions are those that are public, in their order."""
        assert list(VERSIONS) == table("versions.json")["order"]

    def test_which_have_one(self) -> None:
        """Each version from the first with a schema on is compared."""
        assert set(table("task_schema.json")) - UNPUBLISHED == set(DOCUMENTED)
        assert len(DOCUMENTED) == 22

    @each_documented
    def test_members(self, version: str) -> None:
        """The same paths, kinds, required members and words."""
        documented = table("task_schema.json")[version]["flat_add_task"]
        expected = {
            path: (kind_in(entry), entry["required"], tuple(entry.get("enum", ())))
            for path, entry in documented.items()
        }
        members = dict(flat(schema_of(version)))
        got = {path: (it.kind, it.required, it.words) for path, it in members.items()}
        assert got == expected

    @each_documented
    def test_types(self, version: str) -> None:
        """The same names of types, where they come from the swagger."""
        if version in FROM_MODELS:
            return
        documented = table("task_schema.json")[version]["flat_add_task"]
        for path, member in flat(schema_of(version)):
            if member.of:
                assert member.of == documented[path]["type"].removesuffix("[]"), path

    def test_first_and_last(self) -> None:
        """The same first and last version of each path, with no version missing in between."""
        expected = {
            path: (entry["first"], entry["last"])
            for path, entry in table("property_matrix.json")["properties"].items()
        }
        seen: dict[str, list[str]] = {}
        for version in DOCUMENTED:
            for path, _ in flat(schema_of(version)):
                seen.setdefault(path, []).append(version)
        assert {path: (them[0], them[-1]) for path, them in seen.items()} == expected
        for path, them in seen.items():
            first = DOCUMENTED.index(them[0])
            assert them == list(DOCUMENTED[first : first + len(them)]), path

    def test_required_through(self) -> None:
        """The same span of versions in which each path is required."""
        required: dict[str, list[str]] = {}
        present: dict[str, list[str]] = {}
        for version in DOCUMENTED:
            for path, member in flat(schema_of(version)):
                present.setdefault(path, []).append(version)
                if member.required:
                    required.setdefault(path, []).append(version)
        for path, entry in table("property_matrix.json")["properties"].items():
            match entry["required"]:
                case "always":
                    assert required[path] == present[path], path
                case "never":
                    assert path not in required
                case span:
                    them = required[path]
                    # The matrix counts a version that was never published; nothing began there.
                    first, last = (max(v for v in DOCUMENTED if v <= at) for at in span["versions"])
                    assert (them[0], them[-1]) == (first, last), path


def kind_in(entry: dict[str, Any]) -> str:
    """The kind that the documents' type and format stand for."""
    kind, form = entry["type"], entry.get("format")
    if kind.endswith("[]"):
        return "array"
    return {
        ("string", None): "string",
        ("string", "duration"): "duration",
        ("integer", "int32"): "int32",
        ("integer", None): "int32",  # the models of azure-batch have no formats of numbers
        ("boolean", None): "boolean",
    }.get((kind, form), "object")


# What the models of azure-batch say of the types that a job is made of, read out of its releases
# 0.30.0rc2, 1.0.0, 2.0.0, 3.0.0, 3.1.0, 4.0.0, 4.1.3, 5.1.1, 6.0.1, 7.0.0 to 13.0.0, 14.0.0,
# 14.1.0, 14.2.0, 15.0.0b2 and 15.1.0, each of which names its api-version: for each member its
# kind, and the first and the last version with it, and in which it is required. Types have the
# names that they have here; members that requests do not have (read-only ones) are left out.
JOB_MEMBERS = Path(__file__).parent / "job_members.csv"
MODELLED = tuple(version for version in VERSIONS if not is_before(version, "2016-02-01.3.0"))

# Where the models are not believed, by type, member and version: what the schema says instead.
_ASKED = "the documents ask for it, as do the models of the next version"
_READ_ONLY = "models before it and changelogs have it; the service tells it, and takes it"
_TAGS = "the same release has an object where a pool is added by itself"
DISBELIEVED: dict[tuple[str, str, str], tuple[str, tuple[str, bool]]] = {
    **{
        (owner, name, "2016-02-01.3.0"): (_ASKED, ("string", True))
        for owner, name in (
            ("JobManagerTask", "id"),
            *((it, "commandLine") for it in ("JobManagerTask", "JobPreparationTask")),
            *((it, "commandLine") for it in ("JobReleaseTask", "StartTask")),
            ("PoolSpecification", "vmSize"),
            ("MetadataItem", "name"),
            ("MetadataItem", "value"),
        )
    },
    **{
        ("CloudServiceConfiguration", "currentOSVersion", version): (
            _READ_ONLY,
            ("string", False),
        )
        for version in ("2017-09-01.6.0", "2018-03-01.6.1", "2018-08-01.7.0")
    },
    ("PoolSpecification", "resourceTags", "2024-07-01.20.0"): (_TAGS, ("object", False)),
}


def modelled(version: str) -> dict[tuple[str, str], tuple[str, bool]]:
    """Kind, and whether it is required, of each member that the models have in a version."""
    at = VERSIONS.index(version)
    found: dict[tuple[str, str], tuple[str, bool]] = {}
    with JOB_MEMBERS.open(encoding="ascii", newline="") as lines:
        for row in csv.DictReader(lines):
            if VERSIONS.index(row["first"]) <= at <= VERSIONS.index(row["last"]):
                needed = row["required_first"] and (
                    VERSIONS.index(row["required_first"])
                    <= at
                    <= VERSIONS.index(row["required_last"])
                )
                found[row["type"], row["member"]] = row["kind"], bool(needed)
    return found


class TestModels:
    """The members of a job, and of what it holds, against the published models."""

    @pytest.mark.parametrize("version", MODELLED)
    def test_members(self, version: str) -> None:
        """The same members, of the same kind, and required alike."""
        expected = modelled(version)
        for (owner, name, at), (_, instead) in DISBELIEVED.items():
            if at == version:
                assert expected.get((owner, name)) != instead, "believed by now"
                expected[owner, name] = instead
        owners = {owner for owner, _ in expected}
        got = {
            (owner, name): (kind_of(member), member.required)
            for owner, members in schema_of(version).items()
            if owner in owners
            for name, member in members.items()
        }
        assert got == expected

    def test_types(self) -> None:
        """Each type that a job holds is compared, and each of its members somewhere."""
        compared = {pair for version in MODELLED for pair in modelled(version)}
        assert {owner for owner, _ in compared} == {it for it in TYPES if paths_of(it, JOB)}
        assert len(compared) == 152
        assert all(name in TYPES[owner] for owner, name in compared if owner in OPEN)


def kind_of(member: Member) -> str:
    """A kind as the table says it."""
    item = "string" if member.of == "string" else "object"
    return f"array of {item}" if member.kind == "array" else member.kind


@needs_captures
class TestRecordings:
    """Before there was a schema: what PowerShell sent, and was taken."""

    @pytest.mark.parametrize(
        ("version", "count"),
        [("2014-10-01.1.0", 46), ("2015-06-01.2.0", 108), ("2015-11-01.2.1", 33)],
    )
    def test_members_that_were_seen(self, version: str, count: int) -> None:
        """The schema is what was seen, and displayName, of which nobody knows."""
        bodies = [read_object(add.body) for add in single_adds() if add.api_version == version]
        assert len(bodies) == count
        seen = {path for body in bodies for path in paths_in(body)}
        members = {path for path, _ in flat(schema_of(version))}
        assert members - seen == {"displayName"}
        assert {path for path in seen - members if not is_annotation(path)} == set()

    def test_unseen(self) -> None:
        """The version of which nobody has seen a request is like the one before it."""
        assert all(add.api_version != UNSEEN for add in single_adds())
        assert schema_of(UNSEEN) == schema_of(VERSIONS[VERSIONS.index(UNSEEN) - 1])


def paths_in(value: Any, path: str = "") -> Iterator[str]:
    """The path of each member in an object, as ``flat`` gives them."""
    for name, child in value.items():
        here = f"{path}{name}{'[]' if isinstance(child, list) else ''}"
        yield here
        for item in child if isinstance(child, list) else [child]:
            if isinstance(item, dict):
                yield from paths_in(item, f"{here}.")
