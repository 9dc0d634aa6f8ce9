"""The services of docker-compose.yml run by their own commands, and their health checks tell the truth."""

from __future__ import annotations

import http.server
import os
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

from apps.accounts.tests.machine import PATIENCE_S
from tests.image.production import Production
from tests.production.shopper import page
from tests.services.server import LocalServer
from tests.stack import Web

pytestmark = pytest.mark.xdist_group("image")


def becomes(production: Production, service: str, *, healthy: bool, within: float = 60) -> bool:
    deadline = time.monotonic() + within
    while production.healthy(service) is not healthy:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def health(production: Production) -> str:
    """What `/healthz` says through the proxy."""
    answer = httpx.get(f"{production.proxy.url}/healthz", timeout=PATIENCE_S)
    return "ok" if answer.status_code == 200 else f"{answer.status_code} {answer.text}"


@pytest.mark.parametrize("service", ["mysql", "redis", "temporal", "web", "worker", "proxy"])
def test_a_service_is_healthy_while_it_runs_and_only_then(production: Production, service: str) -> None:
    process: LocalServer = production.webs[0] if service == "web" else getattr(production, service)
    assert becomes(production, service, healthy=True)
    process.stop()
    try:
        assert not production.healthy(service)
    finally:
        process.start()
    assert becomes(production, service, healthy=True)


def test_web_is_not_healthy_without_what_a_shopper_needs(production: Production) -> None:
    production.mysql.stop()
    try:
        assert becomes(production, "web", healthy=False)
    finally:
        production.mysql.start()
    assert becomes(production, "web", healthy=True)


def test_a_worker_without_its_server_is_not_healthy(production: Production) -> None:
    production.temporal.stop()
    try:
        assert becomes(production, "worker", healthy=False)
    finally:
        production.temporal.start()
    assert becomes(production, "worker", healthy=True)


def test_the_proxy_asks_another_web_process_while_one_is_away(production: Production) -> None:
    for web in production.webs:
        web.stop()
        try:
            assert {health(production) for _ in range(20)} == {"ok"}
        finally:
            web.start()


def test_the_proxy_passes_the_name_on_and_nobody_believes_another(production: Production) -> None:
    assert health(production) == "ok"
    forged = httpx.get(f"{production.proxy.url}/healthz", headers={"Host": "evil.example"}, timeout=PATIENCE_S)
    assert forged.status_code == 400
    hearsay = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert httpx.get(f"{production.proxy.url}/healthz", headers=hearsay, timeout=PATIENCE_S).status_code == 200


async def test_a_shopper_talks_through_the_proxy(production: Production) -> None:
    seeded = production.run("web", ["env", "DEMO=1", "python", "manage.py", "seed_demo"])
    assert seeded.returncode == 0, seeded.stderr
    query = "from apps.accounts.models import Store; print('=>' + Store.objects.get(is_demo=True).public_key)"
    told = production.run("web", ["python", "manage.py", "shell", "--no-imports", "-c", query]).stdout
    door = Web(production.folder, port=production.proxy.port)
    async with page(door, told.rpartition("=>")[2].strip()) as here:
        found = await here.answer("a warm jacket for men under 60 dollars")
    assert any(part["type"] == "products" and part["items"] for part in found["parts"])


def test_web_and_worker_end_in_order_when_docker_stops_them(production: Production) -> None:
    for process in (production.webs[1], production.worker):
        os.kill(process.pid, signal.SIGTERM)
        assert process.ended(within=25) == 0
        assert process.log.read_text().rstrip().endswith("Stopped.")
        process.start()


def test_the_namespace_is_made_once(production: Production) -> None:
    service = production.compose.services["temporal-namespace"]
    command = [*service["entrypoint"], *service["command"]]
    programs = f"{Path(production.temporal.command()[0]).parent}:{os.environ['PATH']}"
    script = [*command[:-1], f"PATH={programs}\n{command[-1].replace('default', 'orders')}"]
    for _ in range(2):  # `docker compose up` runs it each time
        done = production.run("temporal-namespace", script)
        assert done.returncode == 0, done.stderr


def test_mysql_keeps_text_and_time_as_the_application_expects(production: Production) -> None:
    sql = "SELECT @@character_set_server, @@collation_server, @@tx_isolation, @@time_zone"
    (check,) = [production.compose.health_check("mysql")]
    done = production.run("mysql", [*check[:-1], check[-1].replace("SELECT 1", sql)])
    assert done.stdout.splitlines()[-1].split() == [
        "utf8mb4",
        "utf8mb4_unicode_520_ci",
        "READ-COMMITTED",
        "+00:00",
    ]


class Asked(http.server.BaseHTTPRequestHandler):
    """Stands in for a service that does not run here: answers `status` at `path`, its health's address."""

    path_of_health = ""
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == self.path_of_health else 404)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Nothing: a test's output is for its failures."""


@pytest.mark.parametrize(
    ("service", "port", "path"), [("qdrant", "6333", "/readyz"), ("temporal-ui", "8080", "/healthz")]
)
def test_a_health_check_asks_whether_the_service_is_ready(
    production: Production, service: str, port: str, path: str
) -> None:
    class Answers(Asked):
        path_of_health = path

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    production.ports[port] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert production.healthy(service)
    Answers.status = 503
    assert not production.healthy(service)
    server.shutdown()
    server.server_close()
    assert not production.healthy(service)
