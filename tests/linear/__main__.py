"""Count the work of all hostile shapes: ``python -m tests.linear``.

Nothing here looks at a clock. The package is rewritten as it is imported, see ``rewriting``, so
that it counts its loops, its calls and the bytes and items that C is given; with
``--instructions`` it is left alone, and valgrind counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from functools import partial
from types import ModuleType

from tests.linear import instructions, samples
from tests.linear.counter import Counter
from tests.linear.measuring import MAX_RATIO, MIN_RATIO, TIMES, Measured, measured
from tests.linear.rewriting import counted_module, install
from tests.linear.shape import Shape

_SAMPLE_SIZE = 512
_THRESHOLD_BYTES = 128


def main() -> int:
    """Do what the arguments ask for; 1 where something is not linear, 2 where there is nothing."""
    options = _options()
    counter = Counter()
    by_valgrind = options.instructions or options.forked
    if not by_valgrind:
        install(counter, "odatabatch")
    module = samples if by_valgrind else counted_module(samples, counter)
    shapes = [shape for shape in _shapes(options.samples, module) if options.only in shape.name]
    if not shapes:
        print(f"no shape has {options.only!r} in its name", file=sys.stderr)
        return 2
    if options.instructions:
        rest = ["--only", options.only, *(["--samples"] if options.samples else [])]
        return _tell(instructions.under_valgrind(rest), least=0)  # a constant part is large there
    if options.forked:
        instructions.fork_for(shapes)
        return 0
    found = (measured(shape, counter) for shape in shapes)
    if not options.json:
        return _tell(found)
    for one in found:
        print(json.dumps(one), flush=True)
    return 0


def _shapes(small: bool, module: ModuleType) -> Iterable[Shape]:
    """All shapes, or those of the samples, which are a module's."""
    if small:
        for function in (*module.QUADRATIC, *module.LINEAR):
            prepare = partial(partial, function)
            yield Shape(function.__name__.replace("_", " "), prepare, _SAMPLE_SIZE)
        return
    # They import the package, which may have had to be rewritten before.
    from odatabatch import decoder, fast_path  # noqa: PLC0415
    from tests.linear.shapes import SHAPES  # noqa: PLC0415

    # What happens once in so many bytes happens often in a small input. Nobody would heed a
    # threshold that has another name by now: both are looked at first.
    assert min(decoder._BLOCK_BYTES, fast_path._ENOUGH_BYTES) > _THRESHOLD_BYTES
    decoder._BLOCK_BYTES = fast_path._ENOUGH_BYTES = _THRESHOLD_BYTES
    yield from SHAPES


def _tell(found: Iterable[Measured], least: float = MIN_RATIO) -> int:
    """A table; 1 where something is not linear."""
    bad = 0
    print(f"{'':72}{'at n':>13}{f'at {TIMES} n':>13}{'ratio':>7}")
    for one in found:
        steep = "".join(f"  {line}: {few:,} to {many:,}" for line, few, many in one.steep)
        print(f"{one.name:72}{one.few:13,}{one.many:13,}{one.ratio:7.2f}{steep}", flush=True)
        bad += bool(steep) or not least < one.ratio < MAX_RATIO
    print(f"{bad} not linear, or of a work that does not grow")
    return int(bad > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.linear", description=__doc__)
    add = parser.add_argument
    add("--only", default="", metavar="TEXT", help="shapes whose names have it")
    add("--samples", action="store_true", help="small functions, most of them quadratic, instead")
    add("--instructions", action="store_true", help="have valgrind count instructions: slow")
    add("--json", action="store_true", help="a line of JSON a shape, and no verdict")
    add("--forked", action="store_true", help=argparse.SUPPRESS)  # what runs under valgrind
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
