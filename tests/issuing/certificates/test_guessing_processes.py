"""Whoever guesses codes is slowed by all processes of an institution together."""

from __future__ import annotations

from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.issuing.certificates.test_lifecycle import some_code
from tests.processes import opened, prepare, running
from vault_core.errors import TooManyAttempts

ENV = {"PARCHEMIN_THROTTLE__RECOVER_SECONDS": "3600", "PARCHEMIN_VAULT__RECIPIENT": "x25519"}


def asked(port: int, code: str) -> int:
    """The status of the page for a code."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/verify/{code}")
    try:
        return connection.getresponse().status
    finally:
        connection.close()


async def test_what_failed_at_one_process_counts_at_another(tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(data, env=ENV)
    with running(data, ENV) as server:
        assert [asked(server.port, some_code(number)) for number in range(10)] == [404] * 10
        async with opened(data, ENV) as other:
            with pytest.raises(TooManyAttempts) as refused:
                await other.verifier.check_code(some_code(10), "127.0.0.1")
            assert refused.value.retry_after is not None
            assert refused.value.retry_after > 60
            for number in range(5):
                await other.verifier.check_code(some_code(number), "203.0.113.9")
            assert asked(server.port, some_code(11)) == 429


async def test_a_restart_forgets_no_guess(tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(data, env=ENV)
    async with opened(data, ENV) as first:
        for number in range(10):
            await first.verifier.check_code(some_code(number), "203.0.113.9")
    async with opened(data, ENV) as second:
        with pytest.raises(TooManyAttempts):
            await second.verifier.check_code(some_code(10), "203.0.113.9")
