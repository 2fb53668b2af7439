"""Credentials as others see them: 1EdTech's and W3C's schemas, and Digital Bazaar's libraries."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.issuing.published import published
from tests.issuing.world import DIPLOMA, NOW, RECORD, certificate, world
from tests.requirements import need, need_node_modules
from vault_core.issuing.checking.trust import controller_document
from vault_core.issuing.credentials.status import State

CONFORMANCE = Path(__file__).parents[2] / "conformance"
NPM = CONFORMANCE / "credential"
W3C_SCHEMA = CONFORMANCE / "vc-data-model" / "verifiable-credential-schema.json"
SCHEMA = "ob_schemas/ob_v3p0_achievementcredential_schema.json"


def others_say(credential: Any, state: State = "valid") -> Any:
    """What `@digitalbazaar/vc` finds, given the issuer's document and its status lists."""
    folder = need_node_modules(NPM)
    trust = world().trust({world().place.index: state})
    documents = {world().url: controller_document(trust.issuers[0]), **trust.lists}
    asked = json.dumps({"credential": credential, "documents": documents, "now": NOW.isoformat()})
    command = [need("node", "nodejs"), "verify.mjs"]
    result = subprocess.run(
        command, cwd=folder, input=asked, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("valid_until", [None, NOW.date()])
def test_the_credential_is_valid_by_1edtech_s_schema(valid_until: Any) -> None:
    issued = world().issue(record=replace(RECORD, valid_until=valid_until))
    validator = jsonschema.Draft201909Validator(published(SCHEMA))
    errors = [error.message for error in validator.iter_errors(json.loads(issued.credential))]
    assert errors == []


def test_the_schema_says_no_to_a_credential_without_achievement() -> None:
    document = json.loads(certificate().credential)
    del document["credentialSubject"]["achievement"]
    assert list(jsonschema.Draft201909Validator(published(SCHEMA)).iter_errors(document))


def errors_by_w3c_s_schema(document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(json.loads(W3C_SCHEMA.read_text()))
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("valid_until", [None, NOW.date()])
def test_the_credential_is_valid_by_w3c_s_schema(valid_until: Any) -> None:
    issued = world().issue(record=replace(RECORD, valid_until=valid_until))
    assert errors_by_w3c_s_schema(json.loads(issued.credential)) == []


def test_status_lists_are_valid_by_w3c_s_schema() -> None:
    lists = world().trust({world().place.index: "revoked"}).lists
    assert len(lists) >= 3
    for address, document in lists.items():
        assert errors_by_w3c_s_schema(document) == [], address


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("@context", ["https://www.w3.org/2018/credentials/v1"]),
        ("type", ["OpenBadgeCredential"]),
        ("issuer", {"name": "without an id"}),
        ("validFrom", "10 July 2026"),
        ("credentialSubject", {}),
        ("credentialStatus", {"statusListIndex": "7"}),
        ("proof", {"type": "DataIntegrityProof"}),
    ],
)
def test_w3c_s_schema_says_no(member: str, value: Any) -> None:
    document = json.loads(certificate().credential)
    assert errors_by_w3c_s_schema({**document, member: value})


@pytest.mark.parametrize(("state", "is_set"), [("valid", False), ("revoked", True)])
def test_digital_bazaar_s_libraries_verify_it_and_its_status(state: State, is_set: bool) -> None:
    said = others_say(json.loads(certificate().credential), state)
    assert said["verified"], said
    assert said["status"] == {"listVerified": True, "set": is_set}


def test_digital_bazaar_s_libraries_refuse_a_changed_one() -> None:
    document = json.loads(certificate().credential)
    document["evidence"][0]["record"]["facts"]["mention"] = "très bien"
    assert not others_say(document)["verified"]


def test_names_and_facts_are_in_both_languages() -> None:
    document = json.loads(certificate().credential)
    achievement = document["credentialSubject"]["achievement"]
    assert document["name"] == {"fr": DIPLOMA.title.fr, "en": DIPLOMA.title.en}
    assert achievement["resultDescription"][0]["name"]["en"] == "Honours"
    assert achievement["alignment"][0]["targetName"]["fr"] == "CEC niveau 4"
    assert achievement["achievementType"] == "Diploma"
