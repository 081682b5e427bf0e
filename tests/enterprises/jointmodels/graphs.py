"""Graphs for tests, made with the library that the site itself does without."""

from collections.abc import Sequence
from typing import Any

from onnx import TensorProto, helper


def graph(
    nodes: Sequence[Any],
    inputs: Sequence[str],
    outputs: Sequence[str] = ("score",),
    *,
    fixed: Sequence[Any] = (),
    opset: int = 17,
    domains: Sequence[tuple[str, int]] = (),
) -> bytes:
    made = helper.make_graph(
        list(nodes),
        "model",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        list(fixed),
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(*one) for one in domains)]
    model = helper.make_model(made, opset_imports=opsets)
    model.ir_version = 9
    data: bytes = model.SerializeToString()
    return data


def number(name: str, *values: float) -> Any:
    return helper.make_tensor(name, TensorProto.FLOAT, [len(values)], list(values))


def node(operator: str, given: Sequence[str], made: str, **attributes: Any) -> Any:
    return helper.make_node(operator, list(given), [made], **attributes)


def weighed(inputs: Sequence[str], weights: Sequence[float], base: float = 0.0) -> bytes:
    """A sum of weighed inputs; what is missing counts as nothing."""
    nodes, fixed = [], [number("base", base), number("nothing", 0.0)]
    last = "base"
    for place, (name, weight) in enumerate(zip(inputs, weights, strict=True)):
        fixed.append(number(f"w{place}", weight))
        nodes += [
            node("IsNaN", [name], f"missing{place}"),
            node("Where", [f"missing{place}", "nothing", name], f"known{place}"),
            node("Mul", [f"known{place}", f"w{place}"], f"part{place}"),
            node("Add", [f"part{place}", last], "score" if place == len(inputs) - 1 else f"sum{place}"),
        ]
        last = f"sum{place}"
    return graph(nodes, inputs, fixed=fixed)


def swelling() -> bytes:
    """Doubles a table thirty times over, with nothing but allowed operators."""
    nodes = [node("Identity", ["a"], "x0")]
    nodes += [node("Concat", [f"x{i}", f"x{i}"], f"x{i + 1}", axis=1) for i in range(34)]
    return graph([*nodes, node("ReduceSum", ["x34"], "score", keepdims=1)], ["a"])


def endless() -> bytes:
    """Multiplies large matrices for minutes."""
    nodes = [node("Transpose", ["a"], "t", perm=[1, 0]), node("MatMul", ["a", "t"], "m0")]
    nodes += [node("MatMul", [f"m{i}", "m0"], f"m{i + 1}") for i in range(1500)]
    return graph([*nodes, node("ReduceMean", ["m1500"], "score", axes=[1], keepdims=1)], ["a"])
