"""docker-compose.yml run without Docker: its own commands, environments and health checks, on loopback.

What differs from containers: every service has a port of its own instead of an address of its own; MariaDB stands
in for MySQL and Temporal's dev server for its cluster; and since no Qdrant server runs here, the web processes and
the worker share the embedded index's host.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import redis
from django.conf import settings

from tests.image.compose import Compose, Dockerfile, build_context
from tests.image.names import NameServer
from tests.ports import free_port
from tests.services.mariadb import PASSWORD, MariaDB
from tests.services.redis import Redis
from tests.services.server import ROOT, LocalServer, ServiceMissing
from tests.services.temporal import Temporal

_ASKED_BY_HEALTH_CHECKS = ("mysql", "redis-cli", "nc", "wget", "bash")
_WEB_ADDRESSES = ("127.0.0.1", "127.0.0.2")  # as two containers: one port, two addresses


def application_tree(app: Path) -> Path:
    """/app as the image has it: what the Dockerfile copies, the built widget, the collected static files."""
    image, context = Dockerfile(), build_context()
    for sources, _ in image.copied("application"):
        for source in sources:
            for path in sorted(context):
                if (path == source or path.startswith(source)) and (ROOT / path).is_file():
                    (app / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / path, app / path)
    shutil.copytree(ROOT / "static" / "widget", app / "static" / "widget")
    return app


class MySQL(MariaDB):
    """MariaDB with the options that the compose file gives to MySQL."""

    options: Sequence[str] = ()

    def command(self) -> Sequence[str]:
        return [*super().command(), *self.options]


class LimitedRedis(Redis):
    """Redis by the compose file's own command line."""

    line: Sequence[str] = ()
    password = ""

    def command(self) -> Sequence[str]:
        program, *options = self.line
        found = shutil.which(program)
        if found is None:
            raise ServiceMissing("Redis is not installed. On Debian or Ubuntu: sudo apt install redis-server")
        return [found, *options, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]

    def answers(self) -> bool:
        try:
            return bool(redis.Redis(port=self.port, password=self.password, socket_timeout=1).ping())
        except redis.RedisError:
            return False


class Ours(LocalServer):
    """A service of our image, by its own command in the image's folder."""

    def __init__(
        self, folder: Path, *, name: str, line: Sequence[str], app: Path, environment: Mapping[str, str], said: str
    ) -> None:
        super().__init__(folder, name=name, environment=environment)
        self._line, self._app, self._said = line, app, said

    @property
    def url(self) -> str:
        return ""

    def command(self) -> Sequence[str]:
        self.log.unlink(missing_ok=True)
        return ["env", f"--chdir={self._app}", *self._line]

    def answers(self) -> bool:
        return self._said in self.log.read_text()

    def ended(self, *, within: float) -> int:
        """Wait for its end; returns the exit code."""
        assert self._process is not None
        return self._process.wait(within)


class Proxy(LocalServer):
    """Caddy with our Caddyfile. Only the ports in it are others, and the name server that it asks for `web`."""

    name = "proxy"
    text = ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def command(self) -> Sequence[str]:
        program = shutil.which("caddy")
        if program is None:
            raise ServiceMissing("Caddy is not installed. On Debian or Ubuntu: sudo apt install caddy")
        file = self.folder / "Caddyfile"
        file.write_text(self.text)
        return [program, "run", "--config", str(file), "--adapter", "caddyfile"]

    def answers(self) -> bool:
        return "serving initial configuration" in self.log.read_text()


class Production:
    """The whole compose file. `env` is the operator's `.env`."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.proxy = Proxy(folder)
        self.compose = Compose(
            {
                **env,
                "PUBLIC_URL": self.proxy.url,
                "ALLOWED_HOSTS": "localhost",
                "MYSQL_PASSWORD": PASSWORD,
                "SITE_ADDRESS": f"http://:{self.proxy.port}",
            }
        )
        services = self.compose.services
        self.mysql = MySQL(folder / "mysql")
        self.mysql.options = services["mysql"]["command"]
        self.redis = LimitedRedis(folder / "redis")
        self.redis.line = services["redis"]["command"]
        self.redis.password = services["redis"]["environment"]["REDISCLI_AUTH"]
        self.temporal = Temporal(folder / "temporal")
        self.web_port, self.proxy_health_port = free_port(), free_port()
        self.ports = {
            "3306": self.mysql.port,
            "6379": self.redis.port,
            "7233": self.temporal.port,
            "8000": self.web_port,
            "8081": self.proxy_health_port,
        }
        self.app = application_tree(folder / "app")
        self.names = NameServer(_WEB_ADDRESSES)
        index = [sys.executable, "manage.py", "index_host"]
        self.index = self._ours("index", index, self.environment("web"), said="ready")
        self.webs = [
            self._ours(f"web-{number}", self._web(address), self.environment("web"), said="Serving on")
            for number, address in enumerate(_WEB_ADDRESSES)
        ]
        self.worker = self._ours(
            "worker", self.moved(services["worker"]["command"]), self.environment("worker"), said="Working for"
        )
        self._write_caddyfile()

    def _ours(self, name: str, line: Sequence[str], environment: Mapping[str, str], *, said: str) -> Ours:
        return Ours(self.folder, name=name, line=line, app=self.app, environment=environment, said=said)

    def _web(self, address: str) -> list[str]:
        """The command of one replica: containers have an address each, these processes share a machine."""
        words = self.moved(self.compose.services["web"]["command"])
        words[words.index("--host") + 1] = address
        return words

    def _write_caddyfile(self) -> None:
        text = (ROOT / "deploy" / "Caddyfile").read_text()
        moved = re.sub(
            r"port 8000", f"port {self.web_port}\n\t\t\tresolvers udp/127.0.0.1:{self.names.port}", text
        )
        self.proxy.text = moved.replace("8081", str(self.proxy_health_port))
        self.proxy.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            **self.compose.services["proxy"]["environment"],
        }

    def moved(self, words: Sequence[str]) -> list[str]:
        """A command for this machine: our Python, and the ports that the services have here."""
        python = [sys.executable if word == "python" else word for word in words]
        pattern = re.compile(rf"\b({'|'.join(self.ports)})\b")
        return [pattern.sub(lambda found: str(self.ports[found[0]]), word) for word in python]

    def environment(self, service: str) -> dict[str, str]:
        """What a service's process gets: of this machine only PATH, and where the model lies."""
        declared = dict(self.compose.services[service].get("environment", {}))
        if service in self.compose.ours:
            declared = {**Dockerfile().environment, **declared, "EAICHAT_VAR": str(self.folder / "var")}
            declared["EAICHAT_CACHE"] = str(settings.CACHE_DIR)
            declared["PORT"] = str(self.web_port)
            del declared["QDRANT_URL"], declared["QDRANT_API_KEY"]
        places = {
            f"{place}:{port}": f"127.0.0.1:{self.ports[port]}"
            for place, port in (("mysql", "3306"), ("redis", "6379"), ("temporal", "7233"))
        }
        for place, here in places.items():
            declared = {name: value.replace(place, here) for name, value in declared.items()}
        return {**declared, "PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONWARNINGS": "default"}

    def run(self, service: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command as `docker compose exec` would, with the service's environment."""
        return subprocess.run(  # noqa: S603 - the compose file's own commands
            self.moved(command),
            cwd=self.app,
            env=self.environment(service),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def healthy(self, service: str) -> bool:
        """What Docker would say of a service: the exit code of its own health check."""
        return self.run(service, self.compose.health_check(service)).returncode == 0

    @property
    def parts(self) -> list[LocalServer]:
        return [self.mysql, self.redis, self.temporal, self.index, *self.webs, self.worker, self.proxy]

    def start(self) -> None:
        """In the order that the compose file asks for. Raises ServiceMissing."""
        lacking = [program for program in _ASKED_BY_HEALTH_CHECKS if shutil.which(program) is None]
        if lacking:
            raise ServiceMissing(f"Not installed here, but asked by health checks: {', '.join(lacking)}")
        servers = (self.mysql, self.redis, self.temporal)
        for server in servers:
            server.launch()
        for server in servers:
            server.wait()
        migrated = self.run("migrate", self.compose.services["migrate"]["command"])
        assert migrated.returncode == 0, migrated.stderr
        self.index.start()
        ours = (*self.webs, self.worker, self.proxy)
        for process in ours:
            process.launch()
        for process in ours:
            process.wait()

    def stop(self) -> None:
        for part in reversed(self.parts):
            part.stop(within=10)
        self.names.close()
