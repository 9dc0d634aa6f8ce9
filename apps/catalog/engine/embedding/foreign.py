"""Text models that fastembed does not know by name: a directory in the layout of sentence-transformers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_MODEL_FILES = ("model.onnx", "onnx/model.onnx")


def model_file(directory: Path) -> str | None:
    """Where the directory keeps its ONNX graph, relative to it; None when it has none."""
    return next((name for name in _MODEL_FILES if (directory / name).is_file()), None)


def register(name: str, directory: Path) -> None:
    """Tells fastembed how to run the model under this name; does nothing when it knows the name.

    `1_Pooling/config.json` says how tokens become one vector (by their mean, where it says nothing), and
    `config.json` how long that is. OSError, ValueError, KeyError: the directory is not in this layout.
    """
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    known = {model["model"].lower() for model in TextEmbedding.list_supported_models()}
    if name.lower() in known:
        return
    file = model_file(directory)
    if file is None:
        raise FileNotFoundError(f"{directory} has neither {' nor '.join(_MODEL_FILES)}")
    pooling = _read(directory / "1_Pooling" / "config.json")
    TextEmbedding.add_custom_model(
        model=name,
        pooling=PoolingType.CLS if pooling.get("pooling_mode_cls_token") else PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(url=directory.as_uri()),
        dim=int(_read(directory / "config.json")["hidden_size"]),
        model_file=file,
    )


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return content
