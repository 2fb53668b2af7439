"""What a certification session found: the facts of one certificate, and how a row gives them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from parchemin_pix.framework import CAPS, COMPETENCES, CURRENT_LEVEL
from vault_core.api import Reason
from vault_core.fields import clean, fold, parse_integer
from vault_core.form import Form

VALID_YEARS = 3
_CODE = re.compile(r"P-?([0-9A-Z]{8})")
_VALIDATED = ("validee", "valide", "validated", "obtenue", "certifiee")


def read_result(form: Form) -> tuple[dict[str, Any], dt.date | None]:
    """The facts of a row and the day of its session; provisional until `form.done()` has passed.

    `score` and the levels (`level_1_1` to `level_5_2`) are numbers, `cap` and `top_level` what
    could be reached at most; `centre`, `session` and `pix_code` are texts.
    """
    day = form.date("awarded_on")
    form.read("status", _validated)
    top = form.integer("top_level", min(CAPS), max(CAPS)) or CURRENT_LEVEL
    cap = CAPS[top]
    facts: dict[str, Any] = {
        "score": form.integer("score", 1, cap) or 0,
        "cap": cap,
        "top_level": top,
        "centre": form.line("centre"),
        "session": form.line("session"),
        "pix_code": form.read("pix_code", pix_code) or "",
    }
    levels = {one.fact: form.read(one.fact, lambda text: _level(text, top)) for one in COMPETENCES}
    form.check(
        not all(level == 0 for level in levels.values()),
        Reason(
            "Niveaux : aucune compétence n'a de niveau, il n'y a rien à certifier",
            "Niveaux: no competence has a level, there is nothing to certify",
        ),
    )
    return {**facts, **{name: level or 0 for name, level in levels.items()}}, day


def pix_code(text: str) -> str:
    """Pix's own verification code, `P-` and eight letters or digits."""
    match = _CODE.fullmatch(clean(text).replace(" ", "").upper())
    if not match:
        raise ValueError(
            Reason(
                "n'est pas un code Pix : P- et huit lettres ou chiffres",
                "is no Pix verification code: P- and eight letters or digits",
            )
        )
    return f"P-{match[1]}"


def valid_until(day: dt.date) -> dt.date:
    """The last day on which the certificate counts, three years on."""
    try:
        return day.replace(year=day.year + VALID_YEARS)
    except ValueError:
        return dt.date(day.year + VALID_YEARS, 2, 28)


def _level(text: str, top: int) -> int:
    # Pix writes a hyphen where a competence was not asked about
    return 0 if clean(text) == "-" else parse_integer(text, 0, top)


def _validated(text: str) -> bool:
    if fold(text) not in _VALIDATED:
        raise ValueError(
            Reason(
                "n'est pas une réussite : seules les certifications validées sont délivrées",
                "is no success: only validated certifications are delivered",
            )
        )
    return True
