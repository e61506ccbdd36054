"""One call, and all that carrying it out takes."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from odatabatch.azure.calls import Call
from odatabatch.emulator.adding import Work
from odatabatch.emulator.asking import Asking
from odatabatch.emulator.refusals import Identity
from odatabatch.emulator.store import Place, Store
from odatabatch.http_message import HttpRequest


class Errand(NamedTuple):
    """One call, and all that carrying it out takes.

    Attributes:
        store: all jobs.
        asking: what came in.
        call: the ids and the query that it names.
        identity: what the answer has to name.
        now: the time.
        work: how much of it is carried out.
    """

    store: Store
    asking: Asking
    call: Call
    identity: Identity
    now: datetime
    work: Work

    @property
    def request(self) -> HttpRequest:
        """What came in, as it was."""
        return self.asking.request

    @property
    def place(self) -> Place:
        """The job that the call names."""
        return Place(self.call.work_item, self.call.job or "")

    def url(self, place: Place, task_id: str) -> str:
        """The URL of a task."""
        return self.identity.service + place.task_path(task_id)
