"""python-multipart in a process of another environment: it claims the import name of multipart."""

from __future__ import annotations

import pickle
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contender import Contender, Found

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / "requirements-python-multipart.txt"


class Elsewhere:
    """The process that runs ``read_python_multipart.py``; it lives as long as the rounds.

    Args:
        python: the interpreter of an environment that has it.
    """

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen(
            [python, str(_HERE / "read_python_multipart.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def contender(self) -> Contender:
        """Its line; ``run`` brings what it reads over here, for the check."""

        def found(reads: list[tuple[str, str, Any, bytes]]) -> Found:
            return [((first, second), body) for first, second, _, body in reads]

        return Contender(
            name="python-multipart",
            run=lambda wire: self._ask("read", wire),
            prepare=lambda sample: (sample.content_type, sample.body()),
            found=found,
            less="embedded messages unchecked",
            elsewhere=self._time,
        )

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _time(self, wires: Sequence[Any]) -> int:
        nanoseconds = self._ask("time", wires)
        assert isinstance(nanoseconds, int)
        return nanoseconds

    def _ask(self, order: str, argument: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump((order, argument), self._process.stdin)
        self._process.stdin.flush()
        try:
            return pickle.load(self._process.stdout)  # noqa: S301 - our own process
        except EOFError:
            raise RuntimeError("its process ended") from None


@contextmanager
def python_multipart(python: str | None) -> Iterator[Elsewhere]:
    """The process, in the environment of ``python``, or in one made for it and removed after.

    Raises:
        OSError: the environment could not be made.
    """
    with TemporaryDirectory() as folder:
        process = Elsewhere(python or _made_in(folder))
        try:
            yield process
        finally:
            process.close()


def _made_in(folder: str) -> str:
    print("making an environment for python-multipart ...", file=sys.stderr)
    venv.create(folder, with_pip=True)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    python = str(Path(folder, scripts, "python"))
    command = [python, "-m", "pip", "install", "--quiet", "--requirement", str(_REQUIREMENTS)]
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
        raise OSError("pip could not install it")
    return python
