"""One change from one api-version to the next, as the tables of them say it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Effect = Literal["exact", "conditional", "lost"]
"""``exact``: it means the same; ``conditional``: it does where the detail holds; ``lost``: it
cannot be said."""

# Documents, by the name that notes give them.
SWAGGER = "Batch service swagger"
VERSIONING = "Batch service versioning page"
TRAFFIC = "public recordings"
CHANGELOG = "azure-batch changelog"
MODELS = "models of azure-batch"


INFINITE = "P10675199DT2H48M5.4775807S"
"""What the service returns for a duration without end."""


_TOLD_AS_IT_CAME = ("replaced", "default", "service")  # rows whose detail has a before and an after


class Rule(NamedTuple):
    """One change, at one member.

    Attributes:
        change: ``added``, ``removed``, ``renamed``, ``respelled`` (the words of a value),
            ``required``, ``optional`` (no longer required), ``replaced`` (by a member of another
            shape), ``default`` (what its absence means), ``seen`` (nobody knows whether older
            versions have it), ``service`` (no member says it).
        owner: the type that has the member, a key of ``schema.TYPES``.
        member: its newest name; empty where no member says it.
        since: the first api-version in which it holds.
        forward: what crossing it to a newer version does to a task that it concerns; None where
            it concerns none.
        backward: likewise to an older version.
        detail: what to know, in words.
        source: the documents that say so.
        was: the name or the default before; with ``added``, ``required`` and ``optional`` the JSON
            text of the value that older versions take for granted, with ``removed`` of that which
            newer ones do; or "".
        now: the name or the default from ``since`` on.
        words: with ``respelled``: the words before; those from then on stand in the schema.
        holder: with ``default``: the member that has objects of type ``owner``, where their absence
            means the default as well.
    """

    change: Literal[
        "added",
        "removed",
        "renamed",
        "respelled",
        "required",
        "optional",
        "replaced",
        "default",
        "seen",
        "service",
    ]
    owner: str
    member: str
    since: str
    forward: Effect | None
    backward: Effect | None
    detail: str
    source: str
    was: str = ""
    now: str = ""
    words: tuple[str, ...] = ()
    holder: str = ""

    def effect(self, forward: bool) -> Effect:
        """What crossing it does to a task that it concerns.

        Args:
            forward: whether to a newer version.
        """
        effect = self.forward if forward else self.backward
        assert effect is not None  # or it would concern no task
        return effect

    def told(self, forward: bool) -> str:
        """``detail``, which tells the change as it came, for whoever crosses it in a direction.

        Args:
            forward: whether to a newer version.
        """
        as_it_came = forward or self.change not in _TOLD_AS_IT_CAME
        return self.detail if as_it_came else f"from {self.since} on: {self.detail}"


def added(
    owner: str, member: str, since: str, source: str = SWAGGER, detail: str = "", was: str = ""
) -> Rule:
    """The row of a member that came with an api-version; ``was`` as in ``Rule``."""
    detail = detail or "older versions have no such member"
    return Rule("added", owner, member, since, None, "lost", detail, source, was)
