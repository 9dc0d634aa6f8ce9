"""A BERT encoder as an ONNX graph, built from its weights by numpy alone; no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

_OPSET = 20  # the first with Gelu
_IR_VERSION = 9
# What is added to the attention of a padding token: exp of it is 0 in float32.
_MASKED = -10000.0

Weights = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class BertShape:
    """The numbers of a model's config.json that shape the graph."""

    hidden: int
    layers: int
    heads: int
    epsilon: float

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> BertShape:
        if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
            raise ValueError(f"not a BERT with gelu: {config.get('model_type')}, {config.get('hidden_act')}")
        return cls(
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            epsilon=config["layer_norm_eps"],
        )


def bert_graph(shape: BertShape, weights: Weights) -> onnx.ModelProto:
    """A checked model: input_ids, attention_mask, token_type_ids (batch, seq) int64 -> last_hidden_state
    (batch, seq, hidden) float32. The weights have the names of Hugging Face's BertModel."""
    return _Builder(shape, weights).build()


class _Builder:
    def __init__(self, shape: BertShape, weights: Weights) -> None:
        self.shape = shape
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def build(self) -> onnx.ModelProto:
        hidden, mask = self.embeddings(), self.mask()
        self.constant("split", np.array([0, 0, self.shape.heads, self.shape.hidden // self.shape.heads]))
        self.constant("join", np.array([0, 0, self.shape.hidden]))
        self.constant("scale", np.float32(1 / np.sqrt(self.shape.hidden // self.shape.heads)))
        for layer in range(self.shape.layers):
            hidden = self.layer(hidden, mask, layer)
        self.op("Identity", [hidden], "last_hidden_state")
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        size: list[str | int] = ["batch", "seq", self.shape.hidden]
        output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, size)
        graph = helper.make_graph(self.nodes, "bert", inputs, [output], self.constants)
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        onnx.checker.check_model(model)
        return model

    # --- Parts of the network -------------------------------------------------------------------------
    def embeddings(self) -> str:
        """Words, places and segments, summed and normalised."""
        words = self.gather("embeddings.word_embeddings.weight", "input_ids", "words")
        kinds = self.gather("embeddings.token_type_embeddings.weight", "token_type_ids", "kinds")
        table = self.weight("embeddings.position_embeddings.weight")
        first = self.constant("first", np.array([0]))
        length = self.op("Shape", ["input_ids"], "length", start=1, end=2)
        places = self.op("Slice", [table, first, length, first], "places")
        summed = self.op("Add", [self.op("Add", [words, kinds], "words_kinds"), places], "embedded")
        return self.normalise(summed, "embeddings.LayerNorm", "layer_in_0")

    def mask(self) -> str:
        """0 where there is a token and a large negative number where there is padding: (batch, 1, 1, seq)."""
        present = self.op("Cast", ["attention_mask"], "present", to=TensorProto.FLOAT)
        absent = self.op("Sub", [self.constant("one", np.float32(1)), present], "absent")
        bias = self.op("Mul", [absent, self.constant("masked", np.float32(_MASKED))], "bias")
        return self.op("Unsqueeze", [bias, self.constant("axes", np.array([1, 2]))], "mask")

    def layer(self, hidden: str, mask: str, number: int) -> str:
        source, name = f"encoder.layer.{number}", f"layer_{number}"
        attended = self.attention(hidden, mask, f"{source}.attention.self", f"{name}_attention")
        projected = self.linear(attended, f"{source}.attention.output.dense", f"{name}_projected")
        kept = self.op("Add", [projected, hidden], f"{name}_kept")
        middle = self.normalise(kept, f"{source}.attention.output.LayerNorm", f"{name}_middle")
        wide = self.linear(middle, f"{source}.intermediate.dense", f"{name}_wide")
        active = self.op("Gelu", [wide], f"{name}_active")
        narrow = self.linear(active, f"{source}.output.dense", f"{name}_narrow")
        result = self.op("Add", [narrow, middle], f"{name}_result")
        return self.normalise(result, f"{source}.output.LayerNorm", f"layer_in_{number + 1}")

    def attention(self, hidden: str, mask: str, source: str, name: str) -> str:
        query = self.heads(hidden, f"{source}.query", f"{name}_query", [0, 2, 1, 3])
        key = self.heads(hidden, f"{source}.key", f"{name}_key", [0, 2, 3, 1])
        value = self.heads(hidden, f"{source}.value", f"{name}_value", [0, 2, 1, 3])
        scores = self.op("Mul", [self.op("MatMul", [query, key], f"{name}_dots"), "scale"], f"{name}_scores")
        masked = self.op("Add", [scores, mask], f"{name}_masked")
        shares = self.op("Softmax", [masked], f"{name}_shares", axis=-1)
        context = self.op("MatMul", [shares, value], f"{name}_context")
        turned = self.op("Transpose", [context], f"{name}_turned", perm=[0, 2, 1, 3])
        return self.op("Reshape", [turned, "join"], name)

    def heads(self, hidden: str, source: str, name: str, order: Sequence[int]) -> str:
        flat = self.linear(hidden, source, f"{name}_flat")
        split = self.op("Reshape", [flat, "split"], f"{name}_split")
        return self.op("Transpose", [split], name, perm=order)

    # --- Building blocks ------------------------------------------------------------------------------
    def linear(self, value: str, source: str, name: str) -> str:
        matrix = self.constant(f"{source}.T", self.weights[f"{source}.weight"].astype(np.float32).T)
        product = self.op("MatMul", [value, matrix], f"{name}_product")
        return self.op("Add", [product, self.weight(f"{source}.bias")], name)

    def normalise(self, value: str, source: str, name: str) -> str:
        inputs = [value, self.weight(f"{source}.weight"), self.weight(f"{source}.bias")]
        return self.op("LayerNormalization", inputs, name, axis=-1, epsilon=self.shape.epsilon)

    def gather(self, source: str, indices: str, name: str) -> str:
        return self.op("Gather", [self.weight(source), indices], name)

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name].astype(np.float32))

    def constant(self, name: str, value: npt.NDArray[Any] | np.generic) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name))
        return name

    def op(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output
