"""A model as a graph (ONNX), looked at before anything runs it: only plain arithmetic on the declared inputs. Pure.

The file is read here by its wire format (protocol buffers), so that nothing is loaded which has not been looked at. What is not
named below is refused: control flow, functions, custom operators, data outside the file, operators that make large things of small.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

#: Operators a score may be made of: of ONNX itself, and of its classical models.
PLAIN = (
    "Abs Add And Cast Clip Concat Constant Div Equal Exp Flatten Gemm Greater GreaterOrEqual Identity IsNaN LeakyRelu "
    "Less LessOrEqual Log MatMul Max Mean Min Mul Neg Not Or Pow ReduceMax ReduceMean ReduceMin ReduceSum Relu Reshape "
    "Sigmoid Softmax Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where"
)
CLASSICAL = "FeatureVectorizer Imputer LinearRegressor Normalizer Scaler TreeEnsembleRegressor"
ALLOWED: Final[dict[str, frozenset[str]]] = {
    "": frozenset(PLAIN.split()),
    "ai.onnx.ml": frozenset(CLASSICAL.split()),
}
OLDEST_OPSET, NEWEST_OPSET, NEWEST_IR, NEWEST_ML = 9, 24, 13, 5
MOST_NODES: Final = 2_000
FLOAT: Final = 1
OUTPUTS: Final = ("score", "reasons")


class GraphFault(ValueError):
    """A graph that does not come in: why, as a stable code, and what it is about."""

    def __init__(self, code: str, place: str = "") -> None:
        self.code, self.place = code, place[:80]
        super().__init__(f"{code} {place}".strip())


@dataclass(frozen=True)
class Graph:
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    operators: tuple[str, ...]
    nodes: int


def check(data: bytes, *, inputs: Sequence[str], most_bytes: int) -> Graph:
    """The graph in ``data`` if every rule holds. Raises GraphFault."""
    if len(data) > most_bytes:
        raise GraphFault("too_large", str(len(data)))
    model = _parts(data)
    if model.get(25) or model.get(20):
        raise GraphFault("functions_or_training")
    if not 3 <= _number(model, 1) <= NEWEST_IR:
        raise GraphFault("ir_version", str(_number(model, 1)))
    _check_opsets(model.get(8, []))
    if len(model.get(7, [])) != 1:
        raise GraphFault("no_graph")
    return _graph(_parts(_bytes(model[7][0])), inputs)


def _check_opsets(entries: Sequence[int | bytes]) -> None:
    found = {}
    for entry in entries:
        parts = _parts(_bytes(entry))
        found[_text(parts, 1).replace("ai.onnx.ml", "ml").replace("ai.onnx", "")] = _number(parts, 2)
    if set(found) - {"", "ml"}:
        raise GraphFault("foreign_operators", ", ".join(sorted(found)))
    if not OLDEST_OPSET <= found.get("", 0) <= NEWEST_OPSET or found.get("ml", 1) > NEWEST_ML:
        raise GraphFault("opset", str(found.get("", 0)))


def _graph(graph: dict[int, list[int | bytes]], inputs: Sequence[str]) -> Graph:
    if graph.get(15):
        raise GraphFault("sparse_data")
    nodes = [_parts(_bytes(node)) for node in graph.get(1, [])]
    if not 0 < len(nodes) <= MOST_NODES:
        raise GraphFault("nodes", str(len(nodes)))
    operators = {_check_node(node) for node in nodes}
    fixed = {_check_tensor(_bytes(tensor)) for tensor in graph.get(5, [])}
    named = [_value(_bytes(value)) for value in graph.get(11, [])]
    given = tuple(name for name, _type, _rank in named if name not in fixed)
    if sorted(given) != sorted(inputs):
        raise GraphFault("inputs_differ", ", ".join(sorted(set(given) ^ set(inputs))))
    if any(kind != FLOAT or shape[1:] != (1,) for name, kind, shape in named if name not in fixed):
        raise GraphFault("inputs_are_columns_of_floats")
    outputs = tuple(name for name, _type, _shape in (_value(_bytes(value)) for value in graph.get(12, [])))
    if outputs not in {OUTPUTS[:1], OUTPUTS}:
        raise GraphFault("outputs_differ", ", ".join(outputs))
    return Graph(given, outputs, tuple(sorted(operators)), len(nodes))


def _check_node(node: dict[int, list[int | bytes]]) -> str:
    operator, domain = _text(node, 4), _text(node, 7)
    if operator not in ALLOWED.get("" if domain == "ai.onnx" else domain, ()):
        raise GraphFault("operator", f"{domain}:{operator}" if domain else operator)
    for attribute in node.get(5, []):
        parts = _parts(_bytes(attribute))
        if parts.get(6) or parts.get(11):
            raise GraphFault("control_flow", operator)
        if parts.get(22) or parts.get(23):
            raise GraphFault("sparse_data", operator)
        for tensor in (*parts.get(5, []), *parts.get(10, [])):
            _check_tensor(_bytes(tensor))
    return operator


def _check_tensor(data: bytes) -> str:
    """The tensor's name; its numbers must be in the file."""
    tensor = _parts(data)
    if tensor.get(13) or _number(tensor, 14):
        raise GraphFault("data_outside", _text(tensor, 8))
    return _text(tensor, 8)


def _value(data: bytes) -> tuple[str, int, tuple[int, ...]]:
    """Name, element type and shape of an input or output; a dimension without a number is 0."""
    value = _parts(data)
    kind = _parts(_bytes(_parts(_bytes(_first(value, 2))).get(1, [b""])[0]))
    shape = _parts(_bytes(_first(kind, 2)))
    return _text(value, 1), _number(kind, 1), tuple(_number(_parts(_bytes(dim)), 1) for dim in shape.get(1, []))


# --- The wire -----------------------------------------------------------------------------------------------------------


def _parts(data: bytes) -> dict[int, list[int | bytes]]:
    """One message as lists of raw values by field number."""
    found: dict[int, list[int | bytes]] = {}
    for number, value in _fields(data):
        found.setdefault(number, []).append(value)
    return found


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = _varint(data, place)
            yield number, value
            continue
        size, place = _varint(data, place) if wire == 2 else ({1: 8, 5: 4}.get(wire, -1), place)
        if size < 0 or place + size > len(data):
            raise GraphFault("not_readable")
        yield number, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 64:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise GraphFault("not_readable")


def _first(parts: dict[int, list[int | bytes]], number: int) -> int | bytes:
    return parts.get(number, [b""])[0]


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise GraphFault("not_readable")
    return value


def _number(parts: dict[int, list[int | bytes]], number: int) -> int:
    value = parts.get(number, [0])[-1]
    if not isinstance(value, int):
        raise GraphFault("not_readable")
    return value


def _text(parts: dict[int, list[int | bytes]], number: int) -> str:
    return _bytes(parts.get(number, [b""])[-1]).decode("utf-8", "replace")
