"""How a diploma reads, in French and in English, and what its 2D-Doc says."""

from __future__ import annotations

from collections.abc import Mapping

from parchemin_bac.award import Award
from parchemin_bac.diplomas import Diploma
from parchemin_bac.tables import KNOWN_SPECIALITIES, MENTIONS
from vault_core.api import Fact, Presentation, Record, Text
from vault_core.fields import fold

_MENTIONS = {mention.id: mention.title for mention in MENTIONS}
_NOTHING = Text("", "")
_UNPLACED = 2
"""What the 2D-Doc, where a level must stand, says of a diploma that no framework places: the brevet
ends lower-secondary school, level 2 of UNESCO's ISCED. Nothing else that we write says it."""


def present(diploma: Diploma, record: Record) -> Presentation:
    """Everything the page, the credential and the verification say of it."""
    award = Award.of(record.facts)
    track = diploma.tracks[award.track]
    mention = _MENTIONS.get(award.mention, _NOTHING)
    speciality = _specialities(award)
    series = {one.id: one.title for one in diploma.series}
    vocational = diploma.speciality_required or award.track == "professional"
    return Presentation(
        title=track.title,
        subtitle=speciality if vocational else series.get(award.series, _NOTHING),
        distinction=_NOTHING if award.mention == "sans" else mention,
        statement=Text(
            f"a satisfait aux épreuves de l’examen, à la session {_session(award).fr}, "
            "et en reçoit le diplôme.",
            f"has passed the examination of {_session(award).en} and is awarded the diploma.",
        ),
        facts=tuple(_facts(diploma, award)),
        file_name=f"{track.title.fr} {award.session}.pdf",
        description=Text(
            f"{track.title.fr}, session {_session(award).fr}, académie de {award.academy}.",
            f"{track.title.en}, session of {_session(award).en}, {award.academy}.",
        ),
        criteria=diploma.criteria,
        framework=_framework(diploma),
        twoddoc=_twoddoc(diploma, record, award, mention, speciality),
    )


def _framework(diploma: Diploma) -> Text:
    if not diploma.level:
        return _NOTHING
    return Text(
        f"Cadre européen des certifications, niveau {diploma.level}",
        f"European Qualifications Framework, level {diploma.level}",
    )


def _facts(diploma: Diploma, award: Award) -> list[Fact]:
    series = {one.id: one.title for one in diploma.series}
    lines: list[tuple[str, Text, Text, bool]] = [
        ("series", Text("Série", "Series"), series.get(award.series, _NOTHING), False),
        ("specialities", Text("Spécialité", "Speciality"), _specialities(award), False),
        ("options", Text("Options", "Options"), _same(" ; ".join(award.options)), False),
        ("session", Text("Session", "Session"), _session(award), False),
        ("academy", Text("Académie", "Education authority"), _same(award.academy), False),
        ("mention", Text("Mention", "Honours"), _MENTIONS.get(award.mention, _NOTHING), True),
        ("average", Text("Moyenne", "Average"), _average(award), True),
    ]
    return [Fact(id_, title, value, private) for id_, title, value, private in lines if value.fr]


def _same(text: str) -> Text:
    return Text(text, text)


def _session(award: Award) -> Text:
    year = award.session[:4]
    if award.session.endswith("-09"):
        return Text(f"de septembre {year}", f"September {year}")
    return _same(year)


def _specialities(award: Award) -> Text:
    known = [KNOWN_SPECIALITIES.get(fold(name), _same(name)) for name in award.specialities]
    return Text(" ; ".join(one.fr for one in known), "; ".join(one.en for one in known))


def _average(award: Award) -> Text:
    if not award.average:
        return _NOTHING
    return Text(f"{award.average.replace('.', ',')} / 20", f"{award.average} / 20")


def _twoddoc(
    diploma: Diploma, record: Record, award: Award, mention: Text, speciality: Text
) -> Mapping[str, str]:
    """2D-Doc type B0, without the fields that the subject alone fills (names, birth date)."""
    subject = record.subject
    optional = {
        "B3": subject.usual_name,
        "B8": subject.birth_place,
        "BB": subject.ine,
        "BE": f"{diploma.credits:03d}" if diploma.credits else "",
    }
    series = {one.id: one.title.fr for one in diploma.series}
    return {
        "B6": subject.gender or "X",
        "B9": subject.birth_country or "FR",
        "BD": str(diploma.level or _UNPLACED),
        "BF": f"{int(award.session[:4]):03X}",
        "BG": diploma.tracks[award.track].twoddoc,
        "BH": series.get(award.series) or speciality.fr,
        "BI": mention.fr.removeprefix("Mention ") or "SANS MENTION",
        "BJ": speciality.fr or series.get(award.series, ""),
        **{key: value for key, value in optional.items() if value},
    }
