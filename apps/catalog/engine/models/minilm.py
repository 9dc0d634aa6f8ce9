"""all-MiniLM-L6-v2 out of its safetensors directory, in the layout that fastembed reads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.models.installed import file_hash

# The official files of sentence-transformers/all-MiniLM-L6-v2.
OFFICIAL_HASHES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}
_COPIED = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
# The model was trained on 256 tokens; with the tokenizer's own 512, long texts get other vectors (cosine 0.89).
MAX_TOKENS = 256


def check_source(source: Path) -> None:
    """`CatalogError("model_damaged")` when a file is not the official one."""
    for name, expected in OFFICIAL_HASHES.items():
        path = source / name
        if not path.is_file() or file_hash(path) != expected:
            raise CatalogError("model_damaged", f"{path} is not the official file of all-MiniLM-L6-v2.")


def convert(source: Path, target: Path) -> None:
    """Writes model.onnx and the tokenizer's files into `target`."""
    # Only the one process that converts pays for these imports.
    import onnx
    from safetensors.numpy import load_file

    from apps.catalog.engine.models.bert_graph import BertShape, bert_graph

    shape = BertShape.of(json.loads((source / "config.json").read_text()))
    onnx.save(bert_graph(shape, load_file(source / "model.safetensors")), target / "model.onnx")
    for name in _COPIED:
        shutil.copyfile(source / name, target / name)
    limit_tokens(target)


def limit_tokens(directory: Path) -> None:
    """Makes the tokenizer cut at 256 tokens, wherever the files came from."""
    path = directory / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "model_max_length": MAX_TOKENS}))
