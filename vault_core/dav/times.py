"""Times as WebDAV writes them: HTTP dates (RFC 9110 section 5.6.7) and RFC 3339."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIRST_MS = -62135596800000
_LAST_MS = 253402300799999


@lru_cache(maxsize=1024)
def http_date_of_second(seconds: int) -> str:
    """`Tue, 15 Nov 1994 08:12:31 GMT` for seconds since the epoch, years 1 to 9999."""
    at = time.gmtime(seconds)
    return (
        f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year:04} "
        f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"
    )


def http_date(milliseconds: int) -> str:
    """The HTTP date of milliseconds since the epoch; fractions of a second are cut off."""
    return http_date_of_second(bounded(milliseconds) // 1000)


def iso_date(milliseconds: int) -> str:
    """`1994-11-15T08:12:31Z` (DAV:creationdate, RFC 4918 section 15.1)."""
    at = time.gmtime(bounded(milliseconds) // 1000)
    return (
        f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}"
        f"T{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}Z"
    )


def parse_http_date(text: str) -> int | None:
    """Milliseconds since the epoch, or None if it is no date (which HTTP says to ignore)."""
    try:
        return bounded(round(parsedate_to_datetime(text).timestamp()) * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def parse_epoch(text: str) -> int | None:
    """Milliseconds since the epoch from decimal seconds, or None if it is no such number."""
    try:
        value = float(text)
    except ValueError:
        return None
    if not -1e11 < value < 1e12:
        return None
    return bounded(round(value * 1000))


def bounded(milliseconds: int) -> int:
    """The nearest time whose year is 1 to 9999, which is what can be written."""
    return min(max(milliseconds, _FIRST_MS), _LAST_MS)
