"""Whose attempts are counted: nobody chooses that by what they say of themselves."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from vault_core.http.client_address import client_address

PROXIES = ("127.0.0.1", "10.0.0.0/8")
CASES: dict[str, tuple[str, list[str], str]] = {
    "nobody between": ("192.0.2.1", [], "192.0.2.1"),
    "a stranger's word": ("192.0.2.1", ["10.0.0.1"], "192.0.2.1"),
    "one proxy": ("127.0.0.1", ["192.0.2.1"], "192.0.2.1"),
    "two proxies": ("127.0.0.1", ["192.0.2.1, 10.0.0.1"], "192.0.2.1"),
    "a client's word, then the proxy's": ("127.0.0.1", ["10.9.9.9, 192.0.2.1"], "192.0.2.1"),
    "a client's line, and the proxy's below it": (
        "127.0.0.1", ["198.51.100.7", "192.0.2.1"], "192.0.2.1",
    ),
    "a client that says it is the proxy": ("127.0.0.1", ["127.0.0.1", "192.0.2.1"], "192.0.2.1"),
    "nothing said": ("127.0.0.1", [""], "127.0.0.1"),
    "nonsense before": ("127.0.0.1", ["<script>, 192.0.2.1"], "192.0.2.1"),
    "with a port": ("127.0.0.1", ["192.0.2.1:4711"], "192.0.2.1"),
    "IPv6": ("127.0.0.1", ["2001:db8::1"], "2001:db8::1"),
    "IPv6 with a port": ("127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
    "a proxy on a socket of both versions": ("::ffff:10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_nearest_address_that_no_trusted_proxy_has(case: str) -> None:
    peer, lines, expected = CASES[case]
    headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    assert client_address(request, PROXIES) == expected


def test_without_a_trusted_proxy_nobody_is_believed() -> None:
    headers = CIMultiDict([("X-Forwarded-For", "192.0.2.1")])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="127.0.0.1")
    assert client_address(request, ()) == "127.0.0.1"
