"""What was disclosed of a certificate, for programs."""

from __future__ import annotations

from typing import Any

from vault_core.api import Text
from vault_core.issuing.checking.disclosed import Disclosed


def as_json(found: Disclosed) -> dict[str, Any]:
    """The answer for programs."""
    until = found.valid_until
    return {
        "valid": found.verdict == "valid",
        "verdict": found.verdict,
        "message": {"fr": found.sentence("fr"), "en": found.sentence("en")},
        "issuer": {"id": found.issuer_url, "name": _texts(found.issuer)},
        "certificate": found.certificate,
        "type": found.type,
        "title": _texts(found.title),
        "issuedAt": found.issued_at.isoformat(),
        "validUntil": until.isoformat() if until else None,
        "claims": dict(found.claims),
        "facts": _facts(found),
    }


def as_answer(found: Disclosed) -> dict[str, Any]:
    """The same as `vault_core.issuing.answer.as_json` gives for a whole certificate."""
    until = found.valid_until
    return {
        "valid": found.verdict == "valid",
        "verdict": found.verdict,
        "fault": found.fault.fault if found.fault else None,
        "message": {"fr": found.sentence("fr"), "en": found.sentence("en")},
        "issuer": _texts(found.issuer),
        "statusAt": None,
        "disclosed": {
            "id": found.certificate,
            "title": _texts(found.title),
            "issuedAt": found.issued_at.isoformat(),
            "validUntil": until.isoformat() if until else None,
            "claims": dict(found.claims),
            "facts": _facts(found),
        },
    }


def _facts(found: Disclosed) -> list[dict[str, Any]]:
    return [
        {"id": each.id, "title": _texts(each.title), "value": _texts(each.value)}
        for each in found.results
    ]


def _texts(text: Text) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}
