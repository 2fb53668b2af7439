"""What a server that uses none of it does not load: each is several MiB in every process."""

from __future__ import annotations

import subprocess
import sys

import pytest

SERVER = "import sys, vault_core.cli.institution.serving, vault_core.serving.workers"
UNUSED = (
    "httpx", "joserfc", "rich", "typst", "PIL", "bonsai", "asyncpg", "obstore", "opentelemetry",
    "zxingcpp",
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    command = f"{SERVER}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, timeout=120, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("name", UNUSED)
def test_a_plain_server_does_not_load(loaded: set[str], name: str) -> None:
    assert "vault_core.serving.process" in loaded
    assert name not in loaded
