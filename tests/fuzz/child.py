"""One harness under atheris, in a process of its own: ``Fuzz`` never returns.

python -m tests.fuzz.child HARNESS [libFuzzer's arguments …]
"""

from __future__ import annotations

import sys

import atheris

# Only the package is watched: to explore the harness itself would be to no purpose.
with atheris.instrument_imports(include=["odatabatch"]):
    from tests.fuzz.harnesses import HARNESSES


def main() -> None:
    """Fuzz until the time is over, or something is found."""
    program, name, *arguments = sys.argv
    atheris.Setup([program, *arguments], HARNESSES[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
