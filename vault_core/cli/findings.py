"""One thing that `parchemin doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What it is about, how it stands, and one sentence that says what to do."""

    about: str
    verdict: Verdict
    sentence: str
