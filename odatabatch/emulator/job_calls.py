"""The calls about jobs, and adding work items.

Source: the Batch service's swagger; recordings of 2014-10-01.1.0.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from odatabatch.emulator.checks import check_body, read_body
from odatabatch.emulator.conditions import check_conditions
from odatabatch.emulator.errands import Errand
from odatabatch.emulator.refusals import Identity, Refusal
from odatabatch.emulator.replies import Reply, changed, shown, unchanged
from odatabatch.emulator.store import FIRST_JOB, Place, Store
from odatabatch.emulator.views import job_view, selected
from odatabatch.http_message import HttpRequest

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def add_work_item(store: Store, request: HttpRequest, identity: Identity, now: datetime) -> Reply:
    """Add a work item, and with it its first job.

    Raises:
        Refusal: it is refused.

    Source: recordings of 2014-10-01.1.0.
    """
    check_body(request)
    name, _ = _named(request.body, "name")
    tick = store.tick(now)
    store.add_job(Place(name, FIRST_JOB), tick)
    url = f"{identity.service}/workitems/{quote(name, safe='')}"
    return changed(201, url, tick, located=True)


def add_job(errand: Errand) -> Reply:
    """Nothing runs here: but for its id and its dependencies a job is kept, and not looked at."""
    body, version = errand.request.body, errand.call.api_version
    name, members = _named(body, "id")
    place, tick = Place(None, name), errand.store.tick(errand.now)
    dependencies = members.get("usesTaskDependencies") is True
    errand.store.add_job(place, tick, dependencies, body, version)
    return changed(201, errand.identity.service + place.path, tick, located=True)


def get_job(errand: Errand) -> Reply:
    """The job as the api-version shows it."""
    job = errand.store.job(errand.place)
    if check_conditions(errand.request.headers, job.modified, reading=True):
        return unchanged(job.modified)
    url = errand.identity.service + job.place.path
    view = selected(job_view(job, url, errand.call.api_version), errand.call)
    return shown(f"{errand.identity.service}/$metadata#jobs/@Element", view, url, job.modified)


def delete_job(errand: Errand) -> Reply:
    """The job is gone at once, with its tasks."""
    job = errand.store.job(errand.place)
    check_conditions(errand.request.headers, job.modified, reading=False)
    errand.store.delete_job(job.place)
    return Reply(202)


def _named(body: bytes, name: str) -> tuple[str, dict[str, Any]]:
    """The id in a body, and all of it."""
    whole = read_body(body)
    given = whole.get(name)
    if given is None:
        raise Refusal("MissingRequiredProperty", ("PropertyName", name))
    if not isinstance(given, str) or not _JOB_ID.fullmatch(given):
        raise Refusal("InvalidPropertyValue", ("PropertyName", name))
    return given, whole
