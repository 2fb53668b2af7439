"""The console at `/admin/`, composed: what of the institution its pages work with."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Final

from vault_core.api import Reason
from vault_core.app.institution import Institution
from vault_core.errors import StoreError
from vault_core.signin.record import ActsRecord
from vault_core.web.admin.office import Finding, Office
from vault_core.web.visit import Site

PATIENCE: Final = 60.0
"""Seconds that the doctor may take."""


def office(institution: Institution, site: Site) -> Office:
    """For the pages of the console."""

    async def examine() -> list[Finding]:
        return await _examine(institution)

    return Office(
        site, institution.catalog, institution.blobs, institution.roles,
        ActsRecord(institution.catalog, institution.vaults.services.clock),
        institution.administration, institution.batches, institution.previews,
        institution.reviews, institution.receipts, institution.certificates,
        institution.register, institution.issuer_tokens, institution.request_keys,
        institution.webhooks, institution.post, examine,
    )  # fmt: skip


async def _examine(institution: Institution) -> list[Finding]:
    """`parchemin doctor` in a process of its own: it blocks, and opens things by itself."""
    command = (sys.executable, "-m", "vault_core.cli", "doctor", "--json")
    process = await asyncio.create_subprocess_exec(
        *command, "--data", str(institution.data_dir),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate()
        found = json.loads(output)
    except (TimeoutError, ValueError):
        raise StoreError(
            "The doctor gave no answer: run 'parchemin doctor' on the server."
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return [
        Finding(
            Reason(one["fr"]["about"], one["about"]), one["verdict"],
            Reason(one["fr"]["sentence"], one["sentence"]),
        )
        for one in found
    ]  # fmt: skip
