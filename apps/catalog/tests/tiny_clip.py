"""A CLIP of a few kilobytes in fastembed's layout: it sees a picture's mean colour, and knows colours by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

COLOURS = {
    "red": (220, 20, 20),
    "green": (20, 180, 40),
    "blue": (20, 40, 220),
    "yellow": (230, 220, 30),
    "black": (5, 5, 5),
}
_EDGE = 224


def tiny_clip(directory: Path, *, size: int = 512) -> tuple[Path, Path]:
    """The directories of the half for pictures and of the half for texts."""
    into_space = np.random.default_rng(5).normal(size=(3, size)).astype(np.float32)
    vision, text = directory / "tiny-clip-vision", directory / "tiny-clip-text"
    for half in (vision, text):
        half.mkdir(parents=True)
    _save_vision(vision, into_space)
    _save_text(text, into_space)
    return vision, text


def _save_vision(directory: Path, into_space: npt.NDArray[np.float32]) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["pixel_values"], ["colour"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["colour", "into_space"], ["image_embeds"]),
    ]
    pixels = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, _EDGE, _EDGE])
    _save(directory, nodes, [pixels], {"into_space": into_space}, "image_embeds")
    config = {
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": _EDGE},
        "do_center_crop": True,
        "crop_size": _EDGE,
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (directory / "preprocessor_config.json").write_text(json.dumps(config))


def _save_text(directory: Path, into_space: npt.NDArray[np.float32]) -> None:
    """A word that is no colour says nothing; those that are add up."""
    words = ["<pad>", "<unk>", *COLOURS]
    colours = np.zeros((len(words), 3), dtype=np.float32)
    colours[2:] = np.array(list(COLOURS.values())) / 127.5 - 1
    nodes = [
        helper.make_node("Gather", ["colours", "input_ids"], ["each"]),
        helper.make_node("ReduceMean", ["each"], ["colour"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["colour", "into_space"], ["text_embeds"]),
    ]
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "length"])
    _save(directory, nodes, [ids], {"colours": colours, "into_space": into_space}, "text_embeds")
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    tokenizer.save(str(directory / "tokenizer.json"))
    (directory / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 77, "pad_token": "<pad>"}))
    (directory / "config.json").write_text(json.dumps({"pad_token_id": 0}))
    (directory / "special_tokens_map.json").write_text(json.dumps({"pad_token": "<pad>", "unk_token": "<unk>"}))


def _save(
    directory: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    weights: dict[str, npt.NDArray[np.float32]],
    output: str,
) -> None:
    size = weights["into_space"].shape[1]
    graph = helper.make_graph(
        nodes,
        "tiny-clip",
        inputs,
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", size])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, directory / "model.onnx")
