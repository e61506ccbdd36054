"""Times hostile shapes from 64 KiB to 1 MiB: what a byte costs must not grow.

The shapes are those whose work the tests count without a clock, in ``tests/linear``; README.md
beside this file says how to read the figures.
"""

from __future__ import annotations

import argparse
import gc
import time

from tests.linear.shape import Shape
from tests.linear.shapes import SHAPES

_SIZES = (64 << 10, 256 << 10, 1 << 20)
_TURNS = 3  # the least of them counts: what disturbs only adds


def main() -> None:
    """Time the shapes that the arguments ask for, the worst last."""
    options = _options()
    print(
        f"{'microseconds a byte':72}{''.join(f'{size >> 10:>9,} K' for size in options.sizes)}  ×"
    )
    found = []
    for shape in SHAPES:
        if options.only in shape.name and not any(it in shape.name for it in options.skip):
            costs = [_cost_us(shape, size, options.turns) / size for size in options.sizes]
            found.append((costs[-1] / min(costs), shape.name, costs))
            print(_line(*found[-1]), flush=True)
    print("", f"of {len(found)}, those that grew most", sep="\n")
    for one in sorted(found)[-options.worst :]:
        print(_line(*one))


def _cost_us(shape: Shape, size: int, turns: int) -> float:
    """CPU microseconds of the cheapest turn."""
    costs = []
    for _ in range(turns):
        call = shape.prepare(size)
        gc.collect()
        gc.disable()  # what it costs depends on all that is alive, the input's copies included
        start = time.process_time_ns()
        call()
        costs.append(time.process_time_ns() - start)
        gc.enable()
        del call
    return min(costs) / 1000


def _line(ratio: float, name: str, costs: list[float]) -> str:
    return f"{name:72}{''.join(f'{cost:11.4f}' for cost in costs)}{ratio:6.2f}"


def _options() -> argparse.Namespace:
    def kibibytes(text: str) -> list[int]:
        return [int(number) << 10 for number in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--only", default="", metavar="TEXT", help="shapes whose names have it")
    add("--skip", default=[], action="append", metavar="TEXT", help="those not; may be repeated")
    add("--sizes", type=kibibytes, default=_SIZES, metavar="KIB", help="by commas: 64,256,1024")
    add("--turns", type=int, default=_TURNS, help="of each shape and size; the least counts")
    add("--worst", type=int, default=12, help="how many of the worst are named at the end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
