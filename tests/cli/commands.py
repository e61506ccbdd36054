"""Commands run in the tests, and the files that they read."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

import odatabatch
from odatabatch import HttpRequest, HttpResponse
from odatabatch.captures import write_messages
from odatabatch.cli import main
from tests.azure.batches import batch, operation, outer

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "azure"
THREE_TASKS = FIXTURES / "add-three-tasks.http"
PAGE = FIXTURES / "add-three-tasks.page.http"
ANSWER = FIXTURES / "add-three-tasks.answer.http"


def run(*arguments: str | Path, data: bytes | None = None) -> Result:
    """What a command does."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=data)


def saved(path: Path, *messages: HttpRequest | HttpResponse) -> Path:
    """A file of those messages."""
    path.write_bytes(write_messages(messages))
    return path


def legacy(*bodies: bytes, **fields: str) -> HttpRequest:
    """A legacy batch request that adds those tasks."""
    value = batch(*(operation(str(n), body) for n, body in enumerate(bodies)))
    encoded = odatabatch.encode_request(value, dialect=odatabatch.azure.AZURE_BATCH)
    request = outer(Content_Type=encoded.content_type, **fields)
    return request.replace(body=encoded.body)
