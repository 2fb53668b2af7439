"""Times as WebDAV writes them: HTTP dates (RFC 9110 section 5.6.7) and RFC 3339."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TWO = tuple([f"{number:02}" for number in range(60)])
_FIRST_MS = -62135596800000
_LAST_MS = 253402300799999


def http_date_of_second(seconds: int) -> str:
    """`Tue, 15 Nov 1994 08:12:31 GMT` for seconds since the epoch, years 1 to 9999."""
    day, second = divmod(seconds, 86400)
    return f"{_http_day(day)} {_time_of_day(second)} GMT"


def http_date(milliseconds: int) -> str:
    """The HTTP date of milliseconds since the epoch; fractions of a second are cut off."""
    return http_date_of_second(bounded(milliseconds) // 1000)


def iso_date(milliseconds: int) -> str:
    """`1994-11-15T08:12:31Z` (DAV:creationdate, RFC 4918 section 15.1)."""
    day, second = divmod(bounded(milliseconds) // 1000, 86400)
    return f"{_iso_day(day)}T{_time_of_day(second)}Z"


# A listing has two dates an entry, on few different days: formatting the day only once makes a
# date ten times cheaper.


@lru_cache(maxsize=4096)
def _http_day(day: int) -> str:
    at = time.gmtime(day * 86400)
    return f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year:04}"


@lru_cache(maxsize=4096)
def _iso_day(day: int) -> str:
    at = time.gmtime(day * 86400)
    return f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}"


def _time_of_day(second: int) -> str:
    return f"{_TWO[second // 3600]}:{_TWO[second // 60 % 60]}:{_TWO[second % 60]}"


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
