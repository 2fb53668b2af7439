"""Schemathesis against the served document: no server error, no undocumented answer.

To what the description allows, and to what it does not.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi

from tests.processes import opened, prepare, running
from vault_core.scopes import SCOPES
from vault_core.vault.keys import keyslots

for kind in ("application/offset+octet-stream", "application/pdf", "application/vc"):
    schemathesis.serializer.alias(kind, "application/octet-stream")
LINE = 7000
EXAMPLES = int(os.environ.get("PARCHEMIN_API_EXAMPLES", "4"))
CHECKS = [
    checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
    openapi.response_headers_conformance,
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and a token of a person with a document."""
    data = tmp_path_factory.mktemp("api") / "data"
    env = {"PARCHEMIN_VAULT__RECIPIENT": "x25519"}
    (ada,) = prepare(data, "ada", env=env)

    async def token() -> str:
        async with opened(data, env) as institution:
            vault = await institution.vaults.open_app_password(ada.username, ada.token)
            _, made = await keyslots.add_token(vault, "test", SCOPES, vault.actor().at + 3_600_000)
            return made

    made = asyncio.run(token())
    with running(data, env) as server:
        yield server.url.removesuffix("/dav/"), made


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
def test_every_answer_is_one_that_was_described(
    served: tuple[str, str], mode: GenerationMode
) -> None:
    url, token = served
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    headers = {"Authorization": f"Bearer {token}"}
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @_given(operation, mode)
        def call(case: schemathesis.Case) -> None:
            # Longer request lines never come to the API: HTTP's parser refuses them.
            if len(quote(str(case.query) + str(case.path_parameters))) >= LINE:
                return
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

        try:
            call()
        except Unsatisfiable:  # it takes nothing, so nothing that it takes can be wrong
            assert mode is GenerationMode.NEGATIVE
            continue
        tried += 1
    assert tried > 30


def _given(operation, mode):  # type: ignore[no-untyped-def]
    from hypothesis import given

    return given(case=operation.as_strategy(generation_mode=mode))
