"""Remote calls to an Odoo: JSON-RPC, and XML-RPC where a proxy lets no JSON-RPC through.

Both tell errors in answers with status 200. `Calls` are the two ways to carry a call, `Session` is who makes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from xmlrpc.client import Fault, Unmarshaller, dumps

from defusedxml.xmlrpc import DefusedExpatParser
from pydantic import JsonValue, TypeAdapter
from pydantic_core import to_jsonable_python

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient

Domain = Sequence[JsonValue]

OLDEST = 14
_CLOSED = frozenset({403, 404, 405, 501})  # what proxies answer for /jsonrpc when it is shut
_LONGEST_WORDS = 300
_DENIED = "Access Denied"
_XML_DENIED = frozenset({3, 4})  # faultCode of AccessDenied and AccessError
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


class Calls(Protocol):
    """A way to call a `method` of one of Odoo's services, `common` or `object`."""

    def call(self, service: str, method: str, args: Sequence[JsonValue]) -> JsonValue: ...


class JsonRpc:
    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._http = http
        self._url = f"{base_url}/jsonrpc"

    def call(self, service: str, method: str, args: Sequence[JsonValue]) -> JsonValue:
        answer = self._http.request("POST", self._url, json=_envelope(service, method, args)).json()
        return _result(self._url, answer)

    def version(self) -> JsonValue | None:
        """Which Odoo this is; None: no JSON-RPC comes through to it."""
        try:
            asked = _envelope("common", "version", [])
            reply = self._http.request("POST", self._url, json=asked, ok_statuses=_CLOSED)
            return None if reply.status in _CLOSED else _result(self._url, reply.json())
        except ConnectorError as error:
            if error.code == "not_json":
                return None
            raise


class XmlRpc:
    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._http = http
        self._base = f"{base_url}/xmlrpc/2"

    def call(self, service: str, method: str, args: Sequence[JsonValue]) -> JsonValue:
        asked = dumps(tuple(args), methodname=method).encode()
        url = f"{self._base}/{service}"
        reply = self._http.request("POST", url, content=asked, headers={"Content-Type": "text/xml"})
        return _xml_result(url, reply.body)


class Session:
    """Somebody who has signed in: reads records as Odoo's `search_read` gives them."""

    def __init__(self, calls: Calls, *, database: str, user_id: int, password: str, language: str = "") -> None:
        self._calls = calls
        self._who = (database, user_id, password)
        self._context: dict[str, JsonValue] = {"lang": language} if language else {}
        self._fields: dict[str, frozenset[str]] = {}

    def count(self, model: str, domain: Domain) -> int:
        found = self._execute(model, "search_count", [list(domain)], {})
        if not isinstance(found, int):
            raise _odd_shape()
        return found

    def search_read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        limit: int | None = None,
        context: Mapping[str, JsonValue] | None = None,
    ) -> list[JsonValue]:
        options: dict[str, JsonValue] = {"fields": list(fields), "order": "id"}
        if limit is not None:
            options["limit"] = limit
        if self._context or context:
            options["context"] = {**self._context, **(context or {})}
        found = self._execute(model, "search_read", [list(domain)], options)
        if not isinstance(found, list):
            raise _odd_shape()
        return found

    def fields(self, model: str) -> frozenset[str]:
        """Which fields a model has in this Odoo: its version and the installed apps decide that."""
        if model not in self._fields:
            found = self._execute(model, "fields_get", [], {"attributes": ["type"]})
            if not isinstance(found, dict):
                raise _odd_shape()
            self._fields[model] = frozenset(found)
        return self._fields[model]

    def _execute(
        self, model: str, method: str, args: Sequence[JsonValue], options: Mapping[str, JsonValue]
    ) -> JsonValue:
        return self._calls.call("object", "execute_kw", [*self._who, model, method, list(args), dict(options)])


def sign_in(
    http: HttpClient, base_url: str, *, database: str, login: str, password: str, language: str
) -> Session:
    json_rpc = JsonRpc(http, base_url)
    calls: Calls = json_rpc
    version = json_rpc.version()
    if version is None:
        calls = XmlRpc(http, base_url)
        version = calls.call("common", "version", [])
    _check_version(version)
    user_id = calls.call("common", "authenticate", [database, login, password, {}])
    if user_id is False:
        raise ConnectorError("unauthorized", "Odoo refuses the user name or the password. Check both.")
    if not isinstance(user_id, int):
        raise _odd_shape()
    return Session(calls, database=database, user_id=user_id, password=password, language=language)


def _check_version(answer: JsonValue) -> None:
    told = answer.get("server_version_info") if isinstance(answer, dict) else None
    major = told[0] if isinstance(told, list) and told else None
    # Odoo Online counts "saas~17.2" between two releases.
    digits = re.search(r"\d+", str(major))
    if digits is None:
        raise _odd_shape()
    if int(digits[0]) < OLDEST:
        raise ConnectorError("platform_error", f"This is Odoo {digits[0]}. Odoo {OLDEST} to 18 can be connected.")


def _envelope(service: str, method: str, args: Sequence[JsonValue]) -> JsonValue:
    call: JsonValue = {"service": service, "method": method, "args": list(args)}
    return {"jsonrpc": "2.0", "method": "call", "id": 1, "params": call}


def _result(url: str, answer: JsonValue) -> JsonValue:
    if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
        raise ConnectorError("bad_shape", f"{url} answered JSON, but not as an Odoo does. Check the address.")
    error = answer.get("error")
    if error is None:
        return answer["result"]
    found = error.get("data") if isinstance(error, dict) else None
    data = found if isinstance(found, dict) else {}
    message = error.get("message") if isinstance(error, dict) else error
    name = str(data.get("name") or "")
    raise _told(str(data.get("message") or message or name), denied=name.endswith(("AccessDenied", "AccessError")))


def _xml_result(url: str, body: bytes) -> JsonValue:
    target = Unmarshaller()
    try:
        parser: Any = DefusedExpatParser(target, forbid_dtd=True)
        parser.feed(body)
        parser.close()
        values = target.close()
        return _JSON.validate_python(to_jsonable_python(values[0]))
    except Fault as fault:
        raise _told(fault.faultString, denied=fault.faultCode in _XML_DENIED) from fault
    except Exception as error:  # expat's, defusedxml's, and what `Unmarshaller` raises share no class
        raise ConnectorError("bad_shape", f"{url} answered with something that is not Odoo's XML-RPC.") from error


def _told(words: str, *, denied: bool) -> ConnectorError:
    """An error of Odoo's. Of a traceback, which XML-RPC sends whole, only the last line is for people."""
    lines = [line.strip() for line in words.strip().splitlines() if line.strip()]
    said = (lines[-1] if lines and lines[0].startswith("Traceback") else " ".join(lines))[:_LONGEST_WORDS]
    if denied and said == _DENIED:
        return ConnectorError("unauthorized", "Odoo refuses the user name or the password. Check both.")
    if denied:
        return ConnectorError("unauthorized", f"The user may not read this in Odoo. It says: “{said}”")
    if 'database "' in said and "does not exist" in said:
        return ConnectorError("bad_settings", f"Odoo has no database of that name. It says: “{said}”")
    return ConnectorError("platform_error", f"Odoo reports an error: “{said}”")


def _odd_shape() -> ConnectorError:
    return ConnectorError("bad_shape", "Odoo answered in an unknown shape. Its version may be too new or too old.")
