"""All hostile shapes: those whose work the tests count, and the scripts time."""

from __future__ import annotations

from tests.work.shape import Shape
from tests.work.task_shapes import task_shapes
from tests.work.wire_shapes import wire_shapes

SHAPES: tuple[Shape, ...] = (*wire_shapes(), *task_shapes())
