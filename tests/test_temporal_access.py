"""Temporal over real TLS, with client certificates and with an API key: a proxy ends TLS before the dev server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eaichat.temporal import IN_CLEAR, Access, TemporalError, connect, start
from tests.services.temporal import Temporal
from tests.services.tls import Authority, Pair, in_front_of, server_context

KEY = "temporal-api-key-0123456789"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def server(authority: Authority) -> Pair:
    return authority.issue("temporal.internal")


@pytest.fixture
def access(authority: Authority) -> Access:
    """What a client needs that is asked for no certificate."""
    return Access(ca=authority.certificate, server_name="temporal.internal")


async def refused(address: str, access: Access) -> TemporalError:
    with pytest.raises(TemporalError) as caught:
        await connect(address, access=access, within=10)
    return caught.value


async def test_a_server_with_a_certificate_of_our_own_authority_is_talked_to(
    temporal: Temporal, server: Pair, access: Access
) -> None:
    async with in_front_of(temporal.address, server_context(server)) as proxy:
        client = await connect(proxy.address, access=access)
        with pytest.raises(TemporalError) as caught:
            await start(client, workflow="", workflow_id="tls", argument={}, task_queue="tls")
    assert caught.value.code == "refused"  # the server itself has answered


@pytest.mark.parametrize("wrong", ["unknown authority", "other name"])
async def test_what_does_not_fit_the_server_is_a_matter_of_tls(
    temporal: Temporal, server: Pair, access: Access, wrong: str, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    given = {
        "unknown authority": replace(access, ca=Authority(tmp_path / "other").certificate),
        "other name": replace(access, server_name="another.internal"),
    }[wrong]
    async with in_front_of(temporal.address, server_context(server)) as proxy:
        error = await refused(proxy.address, given)
    assert error.code == "tls"
    assert "InvalidCertificate" in str(error)
    assert "TEMPORAL_TLS" in str(error)


async def test_who_forgot_tls_is_told_so(temporal: Temporal, server: Pair) -> None:
    async with in_front_of(temporal.address, server_context(server)) as proxy:
        error = await refused(proxy.address, IN_CLEAR)
    assert error.code == "unreachable"
    assert "TEMPORAL_TLS=1" in str(error)


async def test_tls_to_a_server_in_clear_is_a_matter_of_tls(temporal: Temporal) -> None:
    error = await refused(temporal.address, Access(tls=True))
    assert error.code == "tls"


async def test_a_client_certificate_opens_a_server_that_asks_for_one(
    temporal: Temporal, authority: Authority, server: Pair, access: Access
) -> None:
    ours = authority.issue("eaichat")
    context = server_context(server, clients_of=authority.certificate)
    async with in_front_of(temporal.address, context) as proxy:
        await connect(proxy.address, access=replace(access, certificate=ours.certificate, key=ours.key))
        error = await refused(proxy.address, access)
    assert error.code == "tls"


async def test_a_client_certificate_of_somebody_else_is_refused(
    temporal: Temporal, authority: Authority, server: Pair, access: Access, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    theirs = Authority(tmp_path / "other", "others").issue("eaichat")
    context = server_context(server, clients_of=authority.certificate)
    async with in_front_of(temporal.address, context) as proxy:
        error = await refused(proxy.address, replace(access, certificate=theirs.certificate, key=theirs.key))
    assert error.code == "tls"


async def test_files_that_hold_no_certificate_or_are_gone_are_a_matter_of_tls(
    temporal: Temporal, server: Pair, access: Access, tmp_path: Path
) -> None:
    odd = tmp_path / "odd.pem"
    odd.write_text("nonsense")
    async with in_front_of(temporal.address, server_context(server)) as proxy:
        for given in (
            replace(access, ca=odd),
            replace(access, certificate=odd, key=odd),
            replace(access, ca=tmp_path / "gone.pem"),
        ):
            error = await refused(proxy.address, given)
            assert error.code == "tls"


async def test_an_api_key_goes_along_as_a_bearer_token_and_only_over_tls(
    temporal: Temporal, server: Pair, access: Access
) -> None:
    async with in_front_of(temporal.address, server_context(server)) as proxy:
        await connect(proxy.address, access=replace(access, api_key=KEY))
        assert ("authorization", f"Bearer {KEY}") in proxy.headers()
    async with in_front_of(temporal.address, None) as clear:
        error = await refused(clear.address, Access(api_key=KEY))
        assert error.code == "tls"
        assert KEY.encode() not in b"".join(clear.received)
        assert KEY not in f"{Access(api_key=KEY)!r} {error}"
