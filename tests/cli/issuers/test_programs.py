"""What issuers' programs come in by, tokens and keys, on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.parchemin import facts, parchemin
from tests.rest.signing import new_key, pem


def issuer_of(data: Path) -> str:
    return next(row["issuer"] for row in facts("issuer", "list", data=data) if row["type"] == "bac")


def test_a_token_is_made_listed_and_revoked(data: Path) -> None:
    issuer = issuer_of(data)
    made = facts("issuer", "token-add", issuer, "--label", "export", data=data)
    assert made["token"].startswith("parchemin_issuer_")
    [listed] = facts("issuer", "tokens", data=data)
    assert (listed["label"], listed["may"], listed["state"]) == ("export", "hand in", "good")
    assert made["token"] not in parchemin("issuer", "tokens", data=data).stdout
    assert facts("issuer", "token-revoke", made["id"], data=data) == {"revoked": made["id"]}
    assert facts("issuer", "tokens", data=data) == []
    parchemin("issuer", "token-revoke", made["id"], data=data, status=2)
    parchemin("issuer", "token-add", "nobody", "--label", "x", data=data, status=2)


def test_a_key_is_registered_replaced_and_revoked(data: Path, tmp_path: Path) -> None:
    issuer, old, new = issuer_of(data), tmp_path / "old.pem", tmp_path / "new.pem"
    for file in (old, new):
        file.write_bytes(pem(new_key()))
    first = facts("issuer", "request-key-add", issuer, old, "--label", "export", data=data)
    assert (first["algorithm"], first["may"], first["last_used"]) == ("ed25519", "hand in", "never")
    second = facts("issuer", "request-key-rotate", first["key"], new, data=data)
    assert (second["label"], second["issuer"]) == ("export", issuer)
    before, after = facts("issuer", "request-keys", data=data)
    assert (before["key"], after["key"]) == (first["key"], second["key"])
    assert before["until"] < after["until"]
    revoked = facts("issuer", "request-key-revoke", first["key"], data=data)
    assert revoked == {"revoked": first["key"]}
    assert facts("issuer", "request-keys", data=data)[0]["state"] == "revoked"
    assert "revoked" in parchemin("issuer", "request-keys", data=data).stdout


def test_what_is_no_key_is_one_sentence_and_status_2(data: Path, tmp_path: Path) -> None:
    issuer, file = issuer_of(data), tmp_path / "key.pem"
    for content, said in (
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "private key"),
        (b"nothing", "public key is wanted"),
    ):
        file.write_bytes(content)
        done = parchemin(
            "issuer", "request-key-add", issuer, file, "--label", "x", data=data, status=2
        )
        assert said in done.stderr
        assert "AAAA" not in done.stderr
    parchemin("issuer", "request-key-revoke", "x", data=data, status=2)
