"""All hostile shapes: those whose work the tests count, and the scripts time."""

from __future__ import annotations

from tests.linear.shape import Shape
from tests.linear.task_shapes import task_shapes
from tests.linear.transport_shapes import transport_shapes
from tests.linear.wire_shapes import wire_shapes

SHAPES: tuple[Shape, ...] = (*wire_shapes(), *task_shapes(), *transport_shapes())
