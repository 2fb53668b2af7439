"""2D-Doc: the specification's specimens, what an encoder may write, and one fault a row."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from tests.issuing.world import NOW, RECORD, certificate, make_world, world
from vault_core.errors import CertificateRefused, InvalidRecord
from vault_core.issuing.checking.verification import check_same_person, verify_twoddoc
from vault_core.issuing.symbols.twoddoc import TwoDDocSigner, parse
from vault_core.issuing.symbols.twoddoc_fields import field_value, subject_fields, transliterate

PUBLISHED = json.loads(
    (Path(__file__).parents[2] / "conformance" / "2ddoc_vectors.json").read_text()
)
SPECIMENS = PUBLISHED["vectors"]
SIGNER = TwoDDocSigner("ZZ00", "0001", ec.generate_private_key(ec.SECP256R1()))
FIELDS = {"B0": "Chloé/Zoé", "B2": "Le Goff", "B6": "F", "B7": "03072008", "B9": "FR"} | {
    "BD": "4",
    "BG": "BA",
    "BH": "",
    "BI": "Bien",
    "BJ": "Général",
}
DAY = dt.date(2026, 7, 5)


def published_key() -> ec.EllipticCurvePublicKey:
    key = load_der_public_key(base64.b64decode(PUBLISHED["public_key_spki_b64"]))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def test_all_five_specimens_are_there() -> None:
    assert len(SPECIMENS) == 5


@pytest.mark.parametrize("specimen", SPECIMENS)
def test_the_specimens_of_the_specification_verify(specimen: str) -> None:
    document = parse(specimen)
    document.verify(published_key())
    assert (document.authority, document.certificate) == ("FR00", "0001")


@pytest.mark.parametrize("specimen", SPECIMENS)
def test_a_specimen_with_any_changed_character_is_refused(specimen: str) -> None:
    end = specimen.index("\x1f")
    for at in range(len(specimen)):
        if at == end:
            continue
        letter = "A" if specimen[at] != "A" else "B"
        changed = specimen[:at] + letter + specimen[at + 1 :]
        with pytest.raises(CertificateRefused):
            parse(changed).verify(published_key())


def test_dates_are_days_since_2000_and_ffff_is_none() -> None:
    assert parse(SPECIMENS[0]).issued_on == dt.date(2013, 6, 20)
    assert parse(SPECIMENS[4]).issued_on is None


def test_what_is_written_is_read_back_and_verifies() -> None:
    text = SIGNER.encode(FIELDS, DAY, dt.date(2026, 7, 10))
    document = parse(text)
    document.verify(SIGNER.key.public_key())
    assert document.fields == FIELDS | {
        "B0": "CHLOE/ZOE",
        "B2": "LE GOFF",
        "BI": "BIEN",
        "BJ": "GENERAL",
    }
    assert (document.issued_on, document.signed_on) == (DAY, dt.date(2026, 7, 10))
    assert len(text.partition("\x1f")[2]) == 103


def test_a_value_of_the_longest_length_has_no_separator() -> None:
    text = SIGNER.encode(FIELDS | {"BJ": "A" * 30}, DAY, DAY)
    assert "BJ" + "A" * 30 + "\x1f" in text
    assert parse(text).fields["BJ"] == "A" * 30


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"B2": None}, "lacks its mandatory field B2"),
        ({"B0": None}, "lacks its mandatory field B0"),
        ({"B6": "W"}, "field B6"),
        ({"B7": "2008-07-03"}, "field B7"),
        ({"BD": "9"}, "field BD"),
        ({"BA": "7"}, "field BA"),
        ({"BF": "2026"}, "field BF"),
        ({"BC": "A" * 21}, "field BC"),
        ({"BZ": "X"}, "no field BZ"),
    ],
)
def test_wrong_fields_are_refused_with_a_reason(change: dict[str, str | None], reason: str) -> None:
    merged = {**FIELDS, **change}
    fields = {name: value for name, value in merged.items() if value is not None}
    with pytest.raises(InvalidRecord, match=reason):
        SIGNER.encode(fields, DAY, DAY)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("other header", lambda text: text.replace("DC04", "DC03", 1)),
        ("no separator before the signature", lambda text: text.replace("\x1f", "")),
        ("unknown field", lambda text: text.replace("BG", "BZ", 1)),
        ("doubled field", lambda text: text.replace("BIBIEN\x1d", "BIBIEN\x1dBI\x1d")),
        ("field without its end", lambda text: text.replace("BIBIEN\x1d", "BIBIEN")),
        ("lower case", lambda text: text.replace("BIEN", "bien")),
        ("mandatory field missing", lambda text: text.replace("BD4", "")),
        ("cut signature", lambda text: text[:-1]),
        ("padded signature", lambda text: text + "="),
        ("other letters", lambda text: text + "é"),
    ],
)
def test_what_no_encoder_writes_is_refused(name: str, change: object) -> None:
    text = SIGNER.encode(FIELDS, DAY, DAY)
    changed = change(text)  # type: ignore[operator]
    assert changed != text, name
    with pytest.raises(CertificateRefused):
        parse(changed)


@given(st.text(max_size=80))
def test_any_name_becomes_letters_of_the_specification(name: str) -> None:
    plain = transliterate(name)
    assert set(plain) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")
    assert transliterate(plain) == plain


@given(st.text(max_size=400))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with pytest.raises(CertificateRefused):
        parse(text)


@pytest.mark.parametrize(
    ("given_name", "written"),
    [
        ("Œuvre-Étienne", "OEUVRE ETIENNE"),
        ("D’Artagnan", "D ARTAGNAN"),
        ("Straße", "STRASSE"),
        ("Łukasz", "LUKASZ"),
        ("  n'a  ", "N A"),
    ],
)
def test_transliteration(given_name: str, written: str) -> None:
    assert transliterate(given_name) == written


def test_given_names_that_do_not_fit_are_left_out_whole() -> None:
    names = "/".join(["Maximilien-François"] * 4)
    assert field_value("B0", names) == "/".join(["MAXIMILIEN FRANCOIS"] * 3)


def test_the_diploma_s_2d_doc_is_its_issuer_s_and_names_its_person() -> None:
    issuer, document = verify_twoddoc(certificate().twoddoc, world().trust())
    assert issuer.id == "education"
    assert document.fields["BC"] == certificate().code
    assert document.signed_on == NOW.date()
    check_same_person(document, RECORD.subject)
    assert subject_fields(RECORD.subject)["B2"] == "LE GOFF"


def test_a_2d_doc_of_an_unknown_issuer_is_refused() -> None:
    with pytest.raises(CertificateRefused) as caught:
        verify_twoddoc(certificate().twoddoc, make_world("other").trust())
    assert caught.value.fault == "twoddoc_foreign"


def test_another_person_s_2d_doc_is_refused() -> None:
    text = SIGNER.encode(FIELDS | {"B2": "Dupont"}, DAY, DAY)
    with pytest.raises(CertificateRefused) as caught:
        check_same_person(parse(text), RECORD.subject)
    assert caught.value.fault == "mismatch"
