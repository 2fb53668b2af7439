"""When somebody is of age."""

from __future__ import annotations

import datetime as dt
from typing import Final

OF_AGE: Final = 18
"""Years (article 414 of the French civil code)."""


def of_age(born: dt.date) -> int:
    """When somebody born that day is of age, ms since the epoch; on 1 March for 29 February."""
    try:
        day = born.replace(year=born.year + OF_AGE)
    except ValueError:
        day = dt.date(born.year + OF_AGE, 3, 1)
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp() * 1000)
