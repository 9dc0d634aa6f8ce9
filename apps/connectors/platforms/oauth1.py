"""Requests signed with OAuth 1.0a, HMAC-SHA256."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY, Client


@dataclass(frozen=True)
class OAuth1:
    """A consumer's keys, and those of its token; a consumer that speaks for itself ("one-legged") has no token."""

    consumer_key: str
    consumer_secret: str
    token: str | None = None
    token_secret: str | None = None
    into: Literal["query", "header"] = "header"

    def sign(self, method: str, address: str) -> tuple[str, Mapping[str, str]]:
        """The address and the headers of that request; each signature is good for one request only."""
        client = Client(
            self.consumer_key,
            client_secret=self.consumer_secret,
            resource_owner_key=self.token,
            resource_owner_secret=self.token_secret,
            signature_method=SIGNATURE_HMAC_SHA256,
            signature_type=SIGNATURE_TYPE_QUERY if self.into == "query" else SIGNATURE_TYPE_AUTH_HEADER,
        )
        signed, headers, _ = client.sign(address, http_method=method)
        return str(signed), {str(name): str(value) for name, value in headers.items()}
