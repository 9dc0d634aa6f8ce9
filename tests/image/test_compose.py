"""docker-compose.yml holds together: what it names exists, and nothing is open that should not be."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.image.compose import COMPOSE, Compose, Dockerfile, VariableMissing, read_env, variables
from tests.image.conftest import made_env
from tests.services.server import ROOT

pytestmark = pytest.mark.xdist_group("image")

IMAGES_OWN = {"EAICHAT_VAR", "EAICHAT_CACHE", "PORT", "EMBEDDING_MODEL", "LOG_FORMAT"}  # no terminal: JSON
COMPOSES_OWN = {  # its Temporal is on a network of its own
    *("TEMPORAL_NAMESPACE", "TEMPORAL_TASK_QUEUE", "TEMPORAL_API_KEY", "TEMPORAL_TLS", "TEMPORAL_TLS_CA"),
    *("TEMPORAL_TLS_CERT", "TEMPORAL_TLS_KEY", "TEMPORAL_TLS_SERVER_NAME"),
}
NOT_IN_PRODUCTION = {"DEBUG", "DEMO"}
ONE_SHOTS = {"migrate", "temporal-schema", "temporal-namespace"}


def run_make_env(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        [folder / "scripts" / "make-env", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_it_follows_the_compose_specification() -> None:
    schema = ["--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(  # noqa: S603 - a package's own command
        [Path(sys.executable).parent / "check-jsonschema", *schema, COMPOSE],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_variable_that_it_takes_is_in_the_example() -> None:
    assert variables() <= read_env(ROOT / ".env.example").keys()


def test_an_env_as_made_by_the_script_is_enough(compose: Compose, env: dict[str, str]) -> None:
    assert compose.services["web"]["environment"]["ALLOWED_HOSTS"] == "chat.example.com"
    secrets = [name for name in variables() if re.search("KEY|PASSWORD", name) and not name.startswith("LANGFUSE")]
    assert len({env[name] for name in secrets}) == len(secrets) == 8
    assert min(len(env[name]) for name in secrets) >= 32


def test_the_script_keeps_what_has_a_value_and_lets_nobody_else_read_it(tmp_path: Path) -> None:
    before = read_env(made_env(tmp_path))
    run_make_env(tmp_path, "https://other.example.com")
    assert read_env(tmp_path / ".env") == before
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_the_script_asks_for_the_address(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "make-env", tmp_path / "scripts")
    done = run_make_env(tmp_path)
    assert done.returncode == 1
    assert "scripts/make-env https://" in done.stderr


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()))), ids=lambda name: name.lower()
)
def test_without_a_variable_that_must_be_set_it_says_what_to_do(env: dict[str, str], name: str) -> None:
    with pytest.raises(VariableMissing, match=r"\.env") as error:
        Compose({**env, name: ""})
    assert name in str(error.value)


def test_our_services_get_every_setting_that_an_operator_may_choose_and_nothing_else(compose: Compose) -> None:
    assert compose.ours == ["web", "worker", "migrate"]
    for name in compose.ours:
        given = compose.services[name]["environment"].keys()
        assert given - settings.ENVIRONMENT.names == set()
        assert settings.ENVIRONMENT.names - given == IMAGES_OWN | COMPOSES_OWN | NOT_IN_PRODUCTION


def test_every_server_has_a_health_check_and_those_that_end_have_none(compose: Compose) -> None:
    without = {name for name in compose.services if not compose.health_check(name)}
    assert without == ONE_SHOTS


def test_who_waits_for_a_service_waits_for_something_that_it_tells(compose: Compose) -> None:
    for name, service in compose.services.items():
        for other, wait in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if other in ONE_SHOTS else "service_healthy"
            assert wait["condition"] == expected, f"{name} -> {other}"


def test_web_and_worker_start_after_the_migrations(compose: Compose) -> None:
    for name in ("web", "worker"):
        assert "migrate" in compose.services[name]["depends_on"]


def test_services_come_back_by_themselves_and_those_that_end_do_not(compose: Compose) -> None:
    restarts = {name: service["restart"] for name, service in compose.services.items()}
    assert {name for name, policy in restarts.items() if policy == "unless-stopped"} == (
        compose.services.keys() - ONE_SHOTS
    )
    assert {restarts[name] for name in ONE_SHOTS} <= {"no", "on-failure:5"}


def test_every_volume_and_network_is_declared_and_used(compose: Compose) -> None:
    used = {
        volume.partition(":")[0] for service in compose.services.values() for volume in service.get("volumes", [])
    }
    files = {name for name in used if name.startswith("./")}
    assert used - files == compose.file["volumes"].keys()
    assert all((ROOT / name).is_file() for name in files)
    networks = {network for service in compose.services.values() for network in service["networks"]}
    assert networks == compose.file["networks"].keys()


def test_only_the_proxy_is_public(compose: Compose) -> None:
    public = [(name, inside) for name, bound, inside in compose.published() if not bound.startswith("127.0.0.1:")]
    assert public == [("proxy", "8080")]


def test_every_published_port_is_one_that_its_service_listens_on(compose: Compose) -> None:
    services = compose.services
    listens = {
        "proxy": urlsplit(services["proxy"]["environment"]["SITE_ADDRESS"]).port,
        "temporal-ui": int(services["temporal-ui"]["environment"]["TEMPORAL_UI_PORT"]),
        "mailpit": 8025,  # its default, which its own readyz asks as well
    }
    assert {name: int(inside) for name, _, inside in compose.published()} == listens


def test_the_web_port_is_one_and_the_same_everywhere(compose: Compose) -> None:
    command = compose.services["web"]["command"]
    port = command[command.index("--port") + 1]
    image = Dockerfile()
    assert image.values("EXPOSE") == [port]
    assert image.environment["PORT"] == port
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert f"name web\n\t\t\tport {port}\n" in caddy


def test_addresses_name_services_on_a_common_network(compose: Compose) -> None:
    web = compose.services["web"]
    wanted = {
        "DATABASE_URL": ("mysql", 3306),
        "REDIS_URL": ("redis", 6379),
        "QDRANT_URL": ("qdrant", 6333),
        "EMAIL_URL": ("mailpit", 1025),
        "TEMPORAL_ADDRESS": ("temporal", 7233),
    }
    for name, (host, port) in wanted.items():
        value = web["environment"][name]
        address = urlsplit(value if "//" in value else f"//{value}")
        assert (address.hostname, address.port) == (host, port)
        assert set(web["networks"]) & set(compose.services[host]["networks"])


def test_parts_that_keep_data_have_no_way_out(compose: Compose) -> None:
    for name in ("mysql", "redis", "qdrant", "temporal-db"):
        assert all(compose.file["networks"][network]["internal"] for network in compose.services[name]["networks"])


def test_every_container_has_no_more_rights_than_it_needs(compose: Compose) -> None:
    for name, service in compose.services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"]["max-size"], name
    for name in compose.ours:
        assert compose.services[name]["read_only"]
        writable = {mount.partition(":")[0] for mount in compose.services[name]["tmpfs"]}
        assert Dockerfile().environment["EAICHAT_VAR"] in writable


def test_every_image_is_pinned_to_a_version(compose: Compose) -> None:
    for name in compose.services.keys() - set(compose.ours):
        assert re.search(r":v?\d+\.\d+", compose.services[name]["image"]), name


def test_the_guide_explains_every_service(compose: Compose) -> None:
    rows = re.findall(r"^\| (`.+?) \|", (ROOT / "docs" / "deploy.md").read_text(), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == compose.services.keys()
