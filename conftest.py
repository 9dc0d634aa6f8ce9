"""People and stores that every test may name. People are named by their rights."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core.cache import cache
from django.db import connection

from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Role

pytest_plugins = [
    "apps.accounts.tests.browser",
    "apps.catalog.tests.fixtures",
    "apps.connectors.tests.fixtures",
    "tests.services.fixtures",
]


# Real servers of other programs' making, in processes of their own.
_SERVERS = {
    *("mariadb", "own_mariadb", "redis_server", "own_redis", "temporal", "own_temporal"),
    *("stack", "production", "installation", "prepared", "crew"),
}


@pytest.hookimpl(tryfirst=True)  # before -m is applied
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what works on the database, and what may have a second try (see CONTRIBUTING.md); leave out what only a
    server database shows, unless one is configured."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}:
            item.add_marker("database")
        if item.get_closest_marker("e2e") or fixtures & _SERVERS:
            item.add_marker(pytest.mark.flaky(reruns=1))
    if connection.vendor == "mysql":
        return
    elsewhere = [item for item in items if item.get_closest_marker("mysql")]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Remove what a killed run left of SQLite's journal: a new database beside it is unreadable."""
    database = connection.settings_dict["TEST"]["NAME"]
    if connection.vendor == "sqlite" and database:
        for journal in ("-wal", "-shm", "-journal"):
            Path(f"{database}{journal}").unlink(missing_ok=True)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2 as ever, but not slow on purpose: hundreds of tests sign somebody in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2PasswordHasher, "time_cost", 1)
        patch.setattr(Argon2PasswordHasher, "memory_cost", 8 * Argon2PasswordHasher.parallelism)
        yield


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Sign-ins of one test do not count in the next."""
    cache.clear()


@pytest.fixture
def store(db: None) -> Store:
    return Store.objects.create(name="Corner Shop", allowed_origins=["http://localhost:3000"])


@pytest.fixture
def other_store(db: None) -> Store:
    return Store.objects.create(name="Other Shop", allowed_origins=["https://other.example"])


@functools.cache
def _password() -> str:
    """Everybody's password, "a long passphrase", hashed once."""
    return make_password("a long passphrase")


def _member(store: Store, role: Role) -> User:
    staff = role in (Role.OWNER, Role.MANAGER, Role.AGENT)
    user = User.objects.create(
        email=f"{role.value}@example.com", password=_password(), name=role.label, is_staff=staff
    )
    Membership.objects.create(user=user, store=store, role=role.value)
    return user


@pytest.fixture
def owner(store: Store) -> User:
    return _member(store, Role.OWNER)


@pytest.fixture
def manager(store: Store) -> User:
    return _member(store, Role.MANAGER)


@pytest.fixture
def agent(store: Store) -> User:
    return _member(store, Role.AGENT)


@pytest.fixture
def viewer(store: Store) -> User:
    return _member(store, Role.VIEWER)


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody with an account who belongs to no store."""
    return User.objects.create(email="stranger@example.com", password=_password(), name="Stranger")
