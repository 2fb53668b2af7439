"""What every document type must do: subclass, give one, and run pytest.

class TestDiploma(DocumentTypeContract):
    @pytest.fixture(params=TYPES, ids=lambda one: one.id)
    def document_type(self, request):
        return request.param
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from vault_core.api import DocumentType, Issuer, Language, Record, Text
from vault_core.errors import InvalidRecord
from vault_core.fields import fold
from vault_core.issuing.input import intake
from vault_core.issuing.pages.blanks import WORTH, Blanks
from vault_core.issuing.pages.faces import lines_shown
from vault_core.issuing.pages.rendering import Page, Renderer
from vault_core.issuing.symbols.twoddoc_fields import FIELDS, MANDATORY, field_value, subject_fields
from vault_core.plugin_checks import check_document_type

SAMPLES = 60
LONGEST_REASON = 400
A_HAIR = 0.03
"""Points by which a line may begin elsewhere."""
HOSTILE = {
    "blank": "   ",
    "control": "a\x00b\x1b[31mc",
    "bidi": "\u202eabc\u2066",
    "huge": "9" * 100_000,
    "formula": "=cmd|' /C calc'!A0",
    "markup": "<script>alert(1)</script>",
    "typst": '#panic("x") $x$ *b* @ref',
    "not a number": "NaN",
    "exponent": "1e999",
    "negative": "-1",
    "no such day": "31/02/2026",
    "emoji": "🎓" * 10,
    "surrogate": "\ud800",
    "other digits": "١٢/٠٣/٢٠٠٨",
    "replacement": "caf\ufffd",
}
"""Cells that a file may hold by mistake or malice."""
_ISSUER = Issuer("someone", Text("Émetteur", "Issuer"), "Émetteur")
_RENDERERS: list[Renderer] = []


class DocumentTypeContract:
    """The contract of `vault_core.api.DocumentType`, as tests; give the fixture `document_type`."""

    @pytest.fixture
    def rows(self, document_type: DocumentType) -> list[dict[str, str]]:
        """Sample rows, with "" for every column that the sample leaves out."""
        empty = dict.fromkeys((column.id for column in document_type.columns), "")
        return [{**empty, **row} for row in document_type.sample(SAMPLES, 7)]

    def test_shape(self, document_type: DocumentType) -> None:
        check_document_type(document_type)
        assert document_type.title.fr
        assert document_type.title.en
        assert isinstance(document_type.template(), str)

    def test_no_header_means_two_columns(self, document_type: DocumentType) -> None:
        owners: dict[str, str] = {}
        for column in document_type.columns:
            for name in (column.id, *column.names):
                assert owners.setdefault(fold(name), column.id) == column.id, name

    def test_samples_are_repeatable_and_plentiful(self, document_type: DocumentType) -> None:
        first = list(document_type.sample(SAMPLES, 7))
        assert len(first) == SAMPLES
        assert first == list(document_type.sample(SAMPLES, 7))
        assert first != list(document_type.sample(SAMPLES, 8))
        known = {column.id for column in document_type.columns}
        assert all(set(row) <= known for row in first)

    def test_samples_are_accepted(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        records = [document_type.parse(row) for row in rows]
        assert all(record.type_id == document_type.id for record in records)
        assert len({record.key for record in records}) == SAMPLES
        days = [(one.subject.birth_date, one.awarded_on) for one in records if one.awarded_on]
        assert all(born < awarded for born, awarded in days)

    def test_a_row_gives_one_record(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        assert document_type.parse(rows[0]) == document_type.parse(dict(rows[0]))

    def test_facts_are_flat_json(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        for row in rows:
            for name, value in document_type.parse(row).facts.items():
                assert name.isidentifier()
                parts = value if isinstance(value, list) else [value]
                kinds = (str,) if isinstance(value, list) else (str, int, type(None))
                assert all(isinstance(part, kinds) for part in parts), f"{name}: {value!r}"

    def test_presentation_is_complete(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        for row in rows:
            record = document_type.parse(row)
            shown = document_type.present(_stored(record))
            assert shown == document_type.present(record)
            for text in (shown.title, shown.statement, shown.description, shown.criteria):
                assert text.fr.strip()
                assert text.en.strip()
            assert shown.facts
            assert len({fact.id for fact in shown.facts}) == len(shown.facts)
            assert {fact.id for fact in shown.facts} <= set(record.facts)
            for fact in shown.facts:
                assert all((fact.title.fr, fact.title.en, fact.value.fr, fact.value.en))

    def test_statement_continues_the_name(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        shown = document_type.present(document_type.parse(rows[0]))
        for statement in (shown.statement.fr, shown.statement.en):
            assert statement[0].islower()
            assert statement.endswith(".")

    def test_private_facts_stay_private(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        for row in rows:
            shown = document_type.present(document_type.parse(row))
            public = (shown.title, shown.subtitle, shown.statement, shown.description)
            told = " ".join(text.fr for text in public) + shown.file_name
            for fact in (fact for fact in shown.facts if fact.private and len(fact.value.fr) > 4):
                assert fact.value.fr not in told

    def test_file_names_can_be_written_anywhere(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        for row in rows:
            name = document_type.present(document_type.parse(row)).file_name
            assert name.endswith(".pdf")
            assert len(name.encode()) <= 200
            assert name.isprintable()
            assert not set(name) & set('/\\:*?"<>|')
            assert not name.startswith((".", " "))

    def test_empty_row_names_every_required_column(self, document_type: DocumentType) -> None:
        with pytest.raises(InvalidRecord) as caught:
            document_type.parse(dict.fromkeys((one.id for one in document_type.columns), ""))
        reasons = "\n".join(caught.value.reasons)
        for column in document_type.columns:
            assert column.title.en in reasons or not column.required, column.id

    @pytest.mark.parametrize("cell", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_cells_are_refused_or_taken(
        self, document_type: DocumentType, rows: list[dict[str, str]], cell: str
    ) -> None:
        for column in document_type.columns:
            reasons: tuple[str, ...] = ("taken",)
            try:
                document_type.present(document_type.parse({**rows[0], column.id: cell}))
            except InvalidRecord as error:
                reasons = error.reasons
            assert reasons
            assert all(reason.isprintable() for reason in reasons)
            assert all(0 < len(reason) < LONGEST_REASON for reason in reasons)

    def test_every_fault_is_reported(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        faults = {"family_name": "12345", "birth_date": "31/02/2008"}
        with pytest.raises(InvalidRecord) as caught:
            document_type.parse({**rows[0], **faults})
        reasons = "\n".join(caught.value.reasons)
        assert "12345" in reasons
        assert "31/02/2008" in reasons

    @pytest.mark.parametrize("separator", [";", ",", "\t"], ids=["semicolon", "comma", "tab"])
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16"])
    def test_exported_file_reads_back(
        self,
        document_type: DocumentType,
        rows: list[dict[str, str]],
        separator: str,
        encoding: str,
    ) -> None:
        columns = list(reversed(document_type.columns))
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator)
        writer.writerow([column.names[0] for column in columns])
        writer.writerows([[row[column.id] for column in columns] for row in rows])
        source = io.BytesIO(text.getvalue().encode(encoding))
        opened = intake.read(source, document_type)
        assert [row.values for row in opened if isinstance(row, intake.Row)] == rows
        assert not opened.warnings

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_page_is_one_sheet(
        self, document_type: DocumentType, rows: list[dict[str, str]], language: Language
    ) -> None:
        for row in itertools.islice(rows, 5):
            page = replace(_page(document_type, document_type.parse(row)), language=language)
            data = _renderer().pdf(page)
            assert data.startswith(b"%PDF-1.7")
            assert data.endswith(b"%%EOF\n")

    def test_a_page_filled_into_a_blank_is_the_page_that_typst_sets(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        """Where a template leaves room for one; a page that no blank fits is set by typst."""
        blanks = Blanks(_renderer())
        for row in rows[:3]:
            page = _page(document_type, document_type.parse(row))
            whole = _renderer().pdf(page)
            filled = [one for _ in range(WORTH + 1) if (one := blanks.sheet(page)) is not None]
            for sheet in filled[:1]:
                ours, theirs = lines_shown(sheet.data), lines_shown(whole)
                assert [line[:3] for line in ours] == [line[:3] for line in theirs]
                for mine, other in zip(ours, theirs, strict=True):
                    assert math.dist(mine[3:], other[3:]) < A_HAIR, mine[2]

    def test_the_longest_names_still_fit(
        self, document_type: DocumentType, rows: list[dict[str, str]]
    ) -> None:
        names = {"family_name": "Wolfeschlegelstein" * 5, "given_names": "Maximilienne, " * 8}
        record = document_type.parse({**rows[0], **names})
        assert _renderer().pdf(_page(document_type, record))

    def test_2d_doc_fields(self, document_type: DocumentType, rows: list[dict[str, str]]) -> None:
        for row in rows:
            record = document_type.parse(row)
            given = document_type.present(record).twoddoc
            if given is None:
                continue
            values = {**subject_fields(record.subject), **given}
            assert set(MANDATORY) <= set(values)
            for identifier, text in values.items():
                assert FIELDS[identifier].fits(field_value(identifier, text)), identifier


def _stored(record: Record) -> Record:
    """The record as it comes back from a store of JSON."""
    facts: Mapping[str, object] = json.loads(json.dumps(dict(record.facts)))
    return replace(record, facts=facts)


def _page(document_type: DocumentType, record: Record) -> Page:
    return Page(
        presentation=document_type.present(record),
        record=record,
        issuer=_ISSUER,
        certificate_id="urn:uuid:00000000-0000-4000-8000-000000000000",
        issued_at=dt.datetime(2026, 7, 10, tzinfo=dt.UTC),
        verification_code="7KQD-94MV-XR2C",
        verification_url="https://coffre.example/verify/7KQD-94MV-XR2C",
        template=document_type.template(),
    )


def _renderer() -> Renderer:
    if not _RENDERERS:
        _RENDERERS.append(Renderer())
    return _RENDERERS[0]
