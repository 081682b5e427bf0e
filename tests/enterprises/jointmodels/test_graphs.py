import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from enterprises.jointmodels import graphs
from enterprises.jointmodels.graphs import Graph, GraphFault
from tests.enterprises.jointmodels.graphs import graph, node, number, weighed

SIZE = 100_000
PLAIN = weighed(["a", "b"], [1.0, 2.0])


def _if() -> bytes:
    branch = helper.make_graph(
        [node("Identity", ["a"], "x")], "branch", [], [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)]
    )
    return graph([helper.make_node("If", ["a"], ["score"], then_branch=branch, else_branch=branch)], ["a"])


def _hidden_if() -> bytes:
    """A subgraph in an attribute of an operator that has no business with one."""
    branch = helper.make_graph([node("Identity", ["a"], "x")], "branch", [], [])
    return graph([helper.make_node("Add", ["a", "a"], ["score"], body=branch)], ["a"])


def _outside() -> bytes:
    tensor = number("w", 1.0)
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    return graph([node("Add", ["a", "w"], "score")], ["a"], fixed=[tensor])


BAD = {
    "operator": graph([node("Loop", ["a"], "score")], ["a"]),
    "operator ": graph([node("RandomNormalLike", ["a"], "score")], ["a"]),
    "operator  ": _if(),
    "control_flow": _hidden_if(),
    "data_outside": _outside(),
    "foreign_operators": graph(
        [helper.make_node("Add", ["a", "a"], ["score"], domain="com.evil")], ["a"], domains=[("com.evil", 1)]
    ),
    "opset": graph([node("Identity", ["a"], "score")], ["a"], opset=7),
    "inputs_differ": graph([node("Identity", ["uscc"], "score")], ["uscc"]),
    "outputs_differ": graph([node("Identity", ["a"], "values")], ["a"], ["values"]),
    "outputs_differ ": graph([node("Identity", ["a"], "score"), node("Neg", ["a"], "b")], ["a"], ["score", "b"]),
    "nodes": graph([], ["a"]),
    "not_readable": b"\x0a\xff\xff",
    "ir_version": b"",
}


def test_plain_arithmetic_comes_in() -> None:
    found = graphs.check(PLAIN, inputs=["b", "a"], most_bytes=SIZE)

    assert found == Graph(("a", "b"), ("score",), ("Add", "IsNaN", "Mul", "Where"), 8)


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_plain_arithmetic_stays_out(name: str) -> None:
    with pytest.raises(GraphFault) as fault:
        graphs.check(BAD[name], inputs=["a"], most_bytes=SIZE)

    assert fault.value.code == name.strip()


def test_a_large_file_stays_out() -> None:
    with pytest.raises(GraphFault) as fault:
        graphs.check(PLAIN, inputs=["a", "b"], most_bytes=len(PLAIN) - 1)

    assert fault.value.code == "too_large"


def test_functions_stay_out() -> None:
    with pytest.raises(GraphFault) as fault:
        graphs.check(PLAIN + b"\xca\x01\x00", inputs=["a", "b"], most_bytes=SIZE)

    assert fault.value.code == "functions_or_training"


@given(st.binary(max_size=200), st.integers(0, len(PLAIN)))
def test_a_broken_file_is_refused_and_breaks_nothing(noise: bytes, place: int) -> None:
    for data in (noise, PLAIN[:place] + noise, noise + PLAIN):
        with contextlib.suppress(GraphFault):
            graphs.check(data, inputs=["a", "b"], most_bytes=SIZE)
