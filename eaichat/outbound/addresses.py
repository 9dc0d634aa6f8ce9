"""Which network addresses may be reached: public ones, checked after the name was resolved.

A merchant types the address of a platform, a platform names those of pictures, and redirects choose further ones,
so without this check the server would fetch the pages of its own network (cloud metadata, databases, admin pages)
for whoever asks.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What Python 3.11 takes for public and is not.
_NOT_PUBLIC = (
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # NAT64 of a network's own
    ipaddress.IPv6Network("::ffff:0:0:0/96"),  # SIIT: an IPv4 address inside, translated by the network
    ipaddress.IPv6Network("3fff::/20"),  # documentation
    ipaddress.IPv6Network("5f00::/16"),  # segment routing
    ipaddress.IPv4Network("192.0.0.0/24"),  # assignments of protocols
    ipaddress.IPv4Network("192.88.99.0/24"),  # relays of 6to4
    ipaddress.IPv4Network("168.63.129.16/32"),  # the host of a machine at Azure
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    """Whether `address`, and the IPv4 address that it may carry inside, is on the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _carried_ipv4(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast and not address.is_unspecified


def _carried_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    number = int(address)
    if address in _NAT64 or 1 < number < 2**32:  # ::a.b.c.d, the deprecated IPv4-compatible form
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return None


def resolve(host: str, port: int, *, timeout: float) -> list[Address]:
    """The addresses of `host`, in the system's order of preference.

    Raises OSError when the name has none, and TimeoutError when no answer came within `timeout` seconds: the
    system's resolver cannot be given a limit, so it works in a thread that may be left behind.
    """
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def work() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))
        else:
            # An IPv6 scope ("fe80::1%eth0") is no part of the address itself.
            answers.put([ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found])

    threading.Thread(target=work, daemon=True, name="resolve").start()
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty:
        raise TimeoutError(f"no answer for {host}") from None
    if isinstance(answer, OSError):
        raise answer
    return list(dict.fromkeys(answer))
