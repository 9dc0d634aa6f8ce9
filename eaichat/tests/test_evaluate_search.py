"""`manage.py evaluate_search`: search beside plain BM25 and plain vectors, in an index that is gone afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.catalog.engine.embedding import EmbeddingService

JUDGED = Path(settings.BASE_DIR) / "apps" / "catalog" / "tests" / "judged"
FILES = {
    "products": str(JUDGED / "products.jsonl"),
    "queries": str(JUDGED / "queries.tsv"),
    "qrels": str(JUDGED / "qrels.tsv"),
}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command makes its temporary index."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))  # for the index host as well
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def left(temporary: Path) -> list[Path]:
    return list(temporary.glob("eaichat-evaluation-*"))


def run(*, as_json: bool = False, **files: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    arguments = [f"--{name}={value}" for name, value in {**FILES, **files}.items()]
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        call_command("evaluate_search", *arguments, json=as_json, stdout=out, stderr=err)
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    return out.getvalue(), err.getvalue()


def test_three_rankers_are_compared_and_the_index_is_gone(embeddings: EmbeddingService, temporary: Path) -> None:
    found = json.loads(run(as_json=True)[0])
    assert set(found) == {"products", "queries", "rankers", "latency_ms"}
    assert (found["products"], found["queries"]) == (15, 5)
    assert list(found["rankers"]) == ["bm25", "dense", "hybrid"]
    for scores in found["rankers"].values():
        assert list(scores) == ["ndcg@10", "ndcg@10_judged", "recall@100", "coverage@10"]
    # Two of the five questions share no word with their right answer.
    assert found["rankers"]["bm25"]["recall@100"] == pytest.approx(3 / 5)
    best = max(found["rankers"][other]["ndcg@10"] for other in ("bm25", "dense"))
    assert found["rankers"]["hybrid"]["ndcg@10"] >= best > 0.9
    assert found["rankers"]["hybrid"]["recall@100"] == 1.0
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p95"]
    assert left(temporary) == []


def test_it_prints_a_table_for_people(embeddings: EmbeddingService) -> None:
    out, _ = run()
    assert "hybrid" in out
    assert "15 products, 5 judged queries" in out


def test_without_a_model_it_compares_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "CACHE_DIR", tmp_path / "no-models")
    rankers = json.loads(run(as_json=True)[0])["rankers"]
    assert rankers["hybrid"]["ndcg@10"] >= rankers["bm25"]["ndcg@10"] > 0.5


def test_a_bad_line_is_one_clear_error(tmp_path: Path, temporary: Path) -> None:
    bad = tmp_path / "qrels.tsv"
    bad.write_text("down\tm-down\t3\ndown\tm-down\n")
    with pytest.raises(CommandError, match=r"qrels.tsv, line 2: 3 columns"):
        run(qrels=str(bad))
    bad.write_text("down\tm-down\t1\n")
    with pytest.raises(CommandError, match="no judgement of 2 or more"):
        run(qrels=str(bad))
    bad.write_text("")
    with pytest.raises(CommandError, match="holds no product"):
        run(products=str(bad))
    assert left(temporary) == []


def test_a_judged_query_without_a_text_counts_0_and_is_told(embeddings: EmbeddingService, tmp_path: Path) -> None:
    queries = tmp_path / "queries.tsv"
    queries.write_text("dress\tlinen dress\n")
    out, err = run(queries=str(queries), as_json=True)
    assert "4 judged queries are not in" in err
    assert json.loads(out)["rankers"]["hybrid"]["ndcg@10"] == pytest.approx(1 / 5)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_index_and_no_host(
    embeddings: EmbeddingService, temporary: Path, tmp_path: Path, sign: signal.Signals
) -> None:
    many = tmp_path / "products.jsonl"
    line = {"title": "A lamp", "description": "Bright. " * 40}
    many.write_text("".join(json.dumps({"id": str(n), **line, "brand": str(n)}) + "\n" for n in range(3000)))
    command = [sys.executable, "manage.py", "evaluate_search"]
    command += [f"--{name}={value}" for name, value in {**FILES, "products": str(many)}.items()]
    environment = {"TMPDIR": str(temporary), "EAICHAT_VAR": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=settings.BASE_DIR, env=environment, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while not list(temporary.rglob("host.key")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(sign)
        assert process.wait(30) == 128 + sign
    assert left(temporary) == []
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert not any(str(temporary).encode() in arguments for arguments in running)
