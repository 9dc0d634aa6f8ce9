"""Reading judged searches, the metrics over them, and the plain BM25 that ours is compared with."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.evaluation.bm25 import PlainBM25
from apps.catalog.engine.evaluation.interchange import (
    read_catalogue,
    read_judgements,
    read_products,
    read_queries,
)
from apps.catalog.engine.evaluation.metrics import evaluate

JUDGED = Path(__file__).with_name("judged")
SHARED = Path(settings.BASE_DIR).parent / "shared"
ICECAT = SHARED / "data" / "search" / "icecat"
REFERENCE = SHARED / "reference" / "search_metrics.py"
needs_shared = pytest.mark.skipif(
    not (REFERENCE.is_file() and ICECAT.is_dir()), reason="../shared/reference or ../shared/data is not here"
)


def bm25_scores(products: Path, queries: Path, judgements: Path) -> dict[str, float]:
    entries = list(read_catalogue(products))
    index = PlainBM25(entry.plain_text for entry in entries)
    rankings = {
        id_: [entries[place].product.product_id for place in index.search(text, 1000)]
        for id_, text in read_queries(queries).items()
    }
    return evaluate(rankings, read_judgements(judgements)).as_json()


def reference_scores(products: Path, queries: Path, judgements: Path) -> dict[str, float]:
    spec = importlib.util.spec_from_file_location("search_metrics", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    reference: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    records, texts, judged = reference.read(str(products), str(queries), str(judgements))
    index = reference.BM25([reference.text(record) for record in records])
    run = {id_: [records[i]["id"] for i in index.search(text, 1000)] for id_, text in texts.items()}
    scores: dict[str, float] = reference.evaluate(run, judged)
    scores.pop("queries")
    return scores


@pytest.mark.filterwarnings("ignore:unclosed file")  # the reference leaves that to the interpreter
@needs_shared
@pytest.mark.parametrize("folder", [JUDGED, ICECAT], ids=["small", "icecat"])
def test_our_metrics_and_plain_bm25_are_the_references(folder: Path) -> None:
    products = next(folder.glob("products.jsonl*"))
    files = products, folder / "queries.tsv", folder / "qrels.tsv"
    assert bm25_scores(*files) == pytest.approx(reference_scores(*files), abs=1e-12)


def test_the_scores_of_a_ranking_by_hand() -> None:
    judged = {"q": {"a": 3, "b": 2, "c": 0}, "nothing right": {"a": 1}, "never asked": {"b": 2}}
    scores = evaluate({"q": ["x", "b", "c", "a"]}, judged).as_json()
    ideal = 7 + 3 / 1.5849625
    assert scores["ndcg@10"] == pytest.approx((3 / 1.5849625 + 7 / 2.3219281) / ideal / 2)
    assert scores["ndcg@10_judged"] == pytest.approx((3 + 7 / 2) / ideal / 2)
    assert (scores["recall@100"], scores["coverage@10"]) == (0.5, 0.15)


def test_no_query_with_a_right_answer_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="2 or more"):
        evaluate({}, {"q": {"a": 1}})


def test_a_line_becomes_a_product(tmp_path: Path) -> None:
    line = {
        "id": 7,
        "title": "Lamp",
        "brand": "Kiln",
        "category": None,
        "price": 5,
        "in_stock": False,
        "unknown": "is left out",
        "attributes": {
            "dimmable": True,
            "bulb__included_": False,
            "power_w": 16.0,
            "height": 10.5,
            "colours": ["red", 2.0],
            "unknown": None,
        },
    }
    path = tmp_path / "products.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write(json.dumps(line) + "\n\n" + json.dumps({"id": "8", "description": "A chair"}))
    lamp, chair = read_products(path)
    assert (lamp.product_id, lamp.title, lamp.category, lamp.price, lamp.in_stock) == ("7", "Lamp", "", 5.0, False)
    assert lamp.attributes == {
        "dimmable": "yes",
        "bulb included": "no",
        "power w": "16",
        "height": "10.5",
        "colours": "red, 2",
    }
    assert chair.title == "A chair"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2: Expecting"),
        ("[]", "line 2: a product must be a JSON object"),
        ('{"title": "Lamp"}', "line 2: the product has no id"),
        ('{"id": "1", "title": "Lamp", "price": -1}', "line 2: price: "),
        ('{"id": "1", "title": "Lamp", "attributes": [1]}', "line 2: "),
    ],
)
def test_a_bad_product_is_named_by_file_and_line(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "products.jsonl"
    path.write_text('{"id": "0", "title": "Mug"}\n' + line)
    with pytest.raises(CatalogError) as caught:
        read_products(path)
    assert f"{path}, {complaint}" in caught.value.text


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("q\t1", "3 columns"), ("q\t1\t4", "the grade is '4'"), ("q\t1\tgood", "the grade is 'good'")],
)
def test_a_bad_judgement_is_named_by_file_and_line(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text("q\t0\t3\n\n" + line + "\n")
    with pytest.raises(CatalogError, match="line 3") as caught:
        read_judgements(path)
    assert complaint in caught.value.text


def test_a_file_that_is_no_file_is_one_clear_error(tmp_path: Path) -> None:
    broken = tmp_path / "products.jsonl.gz"
    broken.write_bytes(b"no gzip")
    for path in (broken, tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(CatalogError, match="cannot be read"):
            read_products(path)
