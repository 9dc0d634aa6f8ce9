"""Settings: each one is documented, and what cannot work is refused in one line before anything has started."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR


def run(command: list[str], environment: dict[str, str], var: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "EAICHAT_VAR": str(var), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refusal(var: Path, **environment: str) -> str:
    done = run(["-c", "import eaichat.settings"], environment, var)
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def loaded(var: Path, *names: str, **environment: str) -> dict[str, Any]:
    code = "import json; from eaichat import settings as s; "
    code += f"print(json.dumps({{n: getattr(s, n) for n in {names!r}}}, default=str))"
    done = run(["-c", code], environment, var)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def documented() -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))


def test_every_setting_is_in_the_table_and_nothing_else_is() -> None:
    assert settings.ENVIRONMENT.names == documented()


def test_every_setting_is_in_the_example_with_its_meaning_and_nothing_that_nobody_reads() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = {name: at for at, line in enumerate(lines) if (name := line.partition("=")[0]) and line[:1].isupper()}
    assert documented() <= listed.keys()
    compose = ROOT / "docker-compose.yml"
    of_compose = set(re.findall(r"\$\{(\w+)", compose.read_text())) if compose.exists() else set()
    assert listed.keys() - documented() <= of_compose
    assert [name for name, at in listed.items() if not _explained(lines, at)] == []


def _explained(lines: list[str], at: int) -> bool:
    """A comment right above, or above others of its kind (`..._PASSWORD`) that stand directly before this one."""
    kind = lines[at].partition("=")[0].rpartition("_")[2]
    above = next((line for line in reversed(lines[:at]) if not line.endswith(f"_{kind}=")), "")
    return above.startswith("# ")


def test_the_readme_names_only_settings_that_exist() -> None:
    table = (ROOT / "README.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[A-Z][^|]*) \|", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named
    assert named <= documented()


@pytest.mark.parametrize(
    ("variable", "value", "advice"),
    [
        ("PORT", "web", "PORT=web is no number: write a whole number from 1 to 65535."),
        ("PORT", "70000", "PORT=70000 is out of range"),
        ("CHAT_MESSAGES_PER_MINUTE", "0", "a whole number of 1 or more"),
        ("DEBUG", "maybe", "DEBUG=maybe is neither yes nor no: write 1 or 0."),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES=-1 is out of range"),
        ("ALLOWED_HOSTS", " , ", "ALLOWED_HOSTS names nothing"),
        ("PUBLIC_URL", "chat.example.com", "like https://chat.example.com"),
        ("DATABASE_URL", "postgres://u:hunter2@db/x", "like mysql://user:password@host:3306/name"),
        ("DATABASE_URL", "mysql://u:hunter2@db", "DATABASE_URL names no database"),
        ("DATABASE_URL", "mysql://u:hunter2@db:many/x", "DATABASE_URL is no address"),
        ("REDIS_URL", "http://:hunter2@redis", "like redis://:password@host:6379/0"),
        ("QDRANT_URL", "qdrant:6333", "like http://qdrant:6333"),
        ("TEMPORAL_ADDRESS", "https://temporal", "write host:port"),
        ("TEMPORAL_TLS_CA", "/nowhere/ca.pem", "TEMPORAL_TLS_CA=/nowhere/ca.pem cannot be read"),
        ("TEMPORAL_TLS_CERT", str(Path(__file__)), "TEMPORAL_TLS_CERT is set without TEMPORAL_TLS_KEY"),
        ("TEMPORAL_TLS_KEY", str(Path(__file__)), "TEMPORAL_TLS_KEY is set without TEMPORAL_TLS_CERT"),
        ("EMAIL_URL", "mail.example.com", "like smtp+tls://user:password@mail.example.com:587"),
        ("EMAIL_URL", "smtp://u:hunter2@", "EMAIL_URL is no address"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT=xml is unknown: write one of json, text."),
        ("LOG_LEVEL", "loud", "write one of DEBUG, INFO, WARNING, ERROR."),
    ],
)
def test_a_value_that_cannot_work_is_one_line_that_says_what_to_write(
    tmp_path: Path, variable: str, value: str, advice: str
) -> None:
    line = refusal(tmp_path, **{variable: value})
    assert variable in line
    assert advice in line
    assert "hunter2" not in line


def dotenv(tmp_path: Path, content: bytes = b"") -> subprocess.CompletedProcess[str]:
    if content:
        (tmp_path / ".env").write_bytes(content)
    code = "import sys, pathlib; from eaichat.environment import Environment; "
    code += f"print(Environment(pathlib.Path({str(tmp_path / '.env')!r})).number('WEB_THREADS', 8))"
    return run(["-c", code], {}, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"WEB_THREADS=9\n",
        b"# many\r\n\r\n  export WEB_THREADS=9\r\n",
        b"\xef\xbb\xbfWEB_THREADS=9\nSECRET_KEY='#$=' \n",
    ],
)
def test_a_dotenv_file_is_read_whichever_editor_wrote_it(tmp_path: Path, content: bytes) -> None:
    done = dotenv(tmp_path, content)
    assert (done.stdout, done.stderr) == ("9\n", "")


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"# passwords\nREDIS_PASSWORD = hunter2\n", "line 2 is no setting: write NAME=value"),
        (b"WEB_THREADS: 9\n", "line 1 is no setting"),
        (b"JWT_PRIVATE_KEY=-----BEGIN\nhunter2\n", "line 2 is no setting"),
        ("WEB_THREADS=9\n".encode("utf-16"), "save it as UTF-8"),
    ],
)
def test_what_cannot_be_read_in_a_dotenv_file_is_refused_and_never_shown(
    tmp_path: Path, content: bytes, advice: str
) -> None:
    done = dotenv(tmp_path, content)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert advice in done.stderr
    assert "hunter2" not in done.stderr


def test_a_dotenv_file_of_somebody_else_is_refused_instead_of_left_out(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()  # as unreadable as another user's, also for root
    done = dotenv(tmp_path)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_directory_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = refusal(tmp_path / "file" / "var")
    assert str(tmp_path / "file" / "var") in line
    assert "EAICHAT_VAR" in line


def test_the_commands_refuse_as_plainly(tmp_path: Path) -> None:
    done = run(["manage.py", "up"], {"PORT": "web"}, tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == "PORT=web is no number: write a whole number from 1 to 65535."


def test_an_empty_value_is_as_good_as_none(tmp_path: Path) -> None:
    names = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    empty = dict.fromkeys(set(names) - {"EAICHAT_VAR"}, "")
    found = loaded(tmp_path, "PORT", "ALLOWED_HOSTS", "EMAIL_BACKEND", "REDIS_URL", **empty)
    assert found["PORT"] == 8000
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert found["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert found["REDIS_URL"] == ""


def test_https_outside_means_secure_cookies_and_hsts_but_no_redirect(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT")
    assert list(loaded(tmp_path, *names, PUBLIC_URL="http://chat.test").values()) == [False, False, 0, False]
    https = {"PUBLIC_URL": "https://chat.test"}
    assert list(loaded(tmp_path, *names, **https).values()) == [True, True, 86400, False]
    asked = loaded(tmp_path, *names, **https, HSTS_SECONDS="60", SSL_REDIRECT="1")
    assert list(asked.values()) == [True, True, 60, True]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail:1025", ["mail", 1025, "", "", False, False]),
        ("smtp+tls://u%40x:p%2Fw@mail", ["mail", 587, "u@x", "p/w", True, False]),
        ("smtp+ssl://u:p@mail", ["mail", 465, "u", "p", False, True]),
    ],
)
def test_mail_goes_where_its_url_says(tmp_path: Path, url: str, expected: list[Any]) -> None:
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    found = loaded(tmp_path, *(f"EMAIL_{name}" for name in names), EMAIL_URL=url)
    assert list(found.values()) == expected


def test_secrets_that_are_given_are_not_mixed_with_made_up_ones(tmp_path: Path) -> None:
    given = loaded(tmp_path, "SECRET_KEY", "FIELD_KEYS", SECRET_KEY="of the operator")
    assert given == {"SECRET_KEY": "of the operator", "FIELD_KEYS": []}
    assert not (tmp_path / "secrets.env").exists()
