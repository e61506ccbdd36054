"""Requests and answers of the adapter out of a fuzzer's bytes, and how they are to be taken.

The records are those of ``scripts``. The first one says how: its first field is numbers, a byte
each, where one that is missing is 0; its other fields are texts. The operations of the others are
requests, or a batch; the answers are those of a service.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from odatabatch import Batch, BatchResponse, HttpRequest, HttpResponse
from odatabatch.azure import VERSIONS
from tests.fuzz.contract import Given
from tests.fuzz.inputs import bytes_of, text_of
from tests.fuzz.scripts import FIELD, RECORD, Script
from tests.fuzz.secrets import hidden_in_models, path_in, shown_of_body

_NOTHING, _NO_ANSWER = Batch(()), BatchResponse(())


@dataclass(frozen=True)
class Errand:
    """What is asked, what is answered, and how.

    Attributes:
        numbers: what each means is its harness's to say.
        texts: likewise.
        batch: some operations.
        answer: some answers.
    """

    numbers: bytes = b""
    texts: tuple[str, ...] = ()
    batch: Batch = _NOTHING
    answer: BatchResponse = _NO_ANSWER

    @classmethod
    def read(cls, data: bytes) -> Errand:
        """What a fuzzer's bytes say; whatever they are, they say something."""
        first, mark, rest = data.partition(RECORD)
        numbers, *texts = first.split(FIELD)
        script = Script.read(mark + rest)
        return cls(numbers, tuple(map(text_of, texts)), script.batch, script.answer)

    def written(self) -> bytes:
        """The bytes that say this."""
        script = Script(self.batch, self.answer).written()
        first = FIELD.join([self.numbers, *map(bytes_of, self.texts)])
        return RECORD.join([first, *script.split(RECORD)[1:]])

    def number(self, at: int) -> int:
        """The number in that place."""
        return self.numbers[at] if at < len(self.numbers) else 0

    def flag(self, at: int, bit: int) -> bool:
        """A bit of the number in that place."""
        return bool(self.number(at) >> bit & 1)

    def version(self, at: int) -> str:
        """The api-version that the number in that place stands for."""
        return VERSIONS[self.number(at) % len(VERSIONS)]

    def maybe_version(self, at: int) -> str | None:
        """Likewise, where 0 stands for none."""
        return VERSIONS[(self.number(at) - 1) % len(VERSIONS)] if self.number(at) else None

    def text(self, at: int) -> str | None:
        """The text in that place; None where it is empty."""
        return self.texts[at] or None if at < len(self.texts) else None

    @property
    def requests(self) -> tuple[HttpRequest, ...]:
        """The operations as requests that stand alone."""
        return tuple(
            HttpRequest(it.method, it.target, it.headers, it.body, it.version)
            for it in self.batch.operations
        )

    @property
    def responses(self) -> tuple[HttpResponse, ...]:
        """The answers as responses that stand alone."""
        return tuple(
            HttpResponse(100 + it.status % 900, it.reason, it.headers, it.body, it.version)
            for it in self.answer.responses
        )

    def given(self, *shown: str | None, key: str = "") -> Given:
        """What a call is given with all of this.

        Args:
            shown: texts that may be shown.
            key: is given besides.
        """
        may = [it for text in shown if text for it in (text, unquote(text))]
        hidden = hidden_in_models([*self._hidden, key], [*self._shown, *may])
        return Given(self._size, hidden)

    @property
    def _size(self) -> int:
        bodies = [*self.batch.operations, *self.answer.responses]
        return len(self.written()) + sum(len(it.body) for it in bodies)

    @property
    def _hidden(self) -> list[str | bytes]:
        found: list[str | bytes] = [*self.texts]
        for request in self.batch.operations:
            found += [request.target, request.version or "", request.body]
            found += [*request.headers.values, *request.part_headers.values]
        for response in self.answer.responses:
            found += [response.reason, response.version, response.body]
            found += [*response.headers.values, *response.part_headers.values]
        return found

    @property
    def _shown(self) -> list[str]:
        found: list[str] = []
        for request in self.batch.operations:
            path = path_in(request.target)
            found += [request.method, path, unquote(path), *shown_of_body(request.body)]
            found += [*request.headers.names, *request.part_headers.names]
        for response in self.answer.responses:
            found += shown_of_body(response.body)
            found += [*response.headers.names, *response.part_headers.names]
        for part in (*self.batch.parts, *self.answer.parts):
            found += part.part_headers.names
        return found
