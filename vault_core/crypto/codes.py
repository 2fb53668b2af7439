"""Secrets that people read, copy and type: app passwords, activation and recovery codes.

The alphabet is Crockford's base 32 in lower case: no i, l, o, u, and what looks alike is taken
for what it looks like. The number of characters tells the kinds of code apart, so that what a
person pastes needs no label.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from vault_core.api import Random
from vault_core.errors import AccessDenied

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)} | {
    "o": 0,
    "i": 1,
    "l": 1,
}
_BITS: Final = 5
_IGNORED: Final = str.maketrans(
    "", "", " \t\r\n-_.\u00a0\u2010\u2011\u2012\u2013\u2014\u2212\u202f"
)
_MAX_TYPED: Final = 400
_LENGTHS: Final = "That is no code of ours: characters are missing or too many."


@dataclass(frozen=True, slots=True)
class _Form:
    """One kind of code: bytes of secret, characters that carry them, characters that check them.

    A typing error passes the check characters with a chance of 1 in 32 ** checks.
    """

    size: int
    checks: int
    group: int = 4

    @property
    def digits(self) -> int:
        return -(-self.size * 8 // _BITS)

    @property
    def length(self) -> int:
        return self.digits + self.checks


_APP_PASSWORD: Final = _Form(size=20, checks=0)
_ACTIVATION: Final = _Form(size=16, checks=2)
_RECOVERY: Final = _Form(size=20, checks=4)
_LINK: Final = _Form(size=16, checks=4, group=5)
_FORMS: Final = {form.length: form for form in (_APP_PASSWORD, _ACTIVATION, _RECOVERY)}
_SESSION_SIZE: Final = 32
_SESSION_LENGTH: Final = 43
_BEARER: Final = "parchemin_"
"""What programs that look for lost secrets find a token by."""


def new_app_password(random: Random) -> str:
    """160 bits, eight groups of four characters, pasted into one client or script."""
    return _write(_APP_PASSWORD, random(_APP_PASSWORD.size))


def new_activation_code(random: Random) -> str:
    """128 bits, seven groups of four characters of which the last two check the others."""
    return _write(_ACTIVATION, random(_ACTIVATION.size))


def new_recovery_code(random: Random) -> str:
    """160 bits, nine groups of four characters of which the last group checks the others."""
    return _write(_RECOVERY, random(_RECOVERY.size))


def parse_code(text: str) -> bytes:
    """The secret of a code of any of the three kinds, as a person typed it.

    Case, spaces and dashes do not matter; o is read as 0, i and l as 1. Raises AccessDenied if
    it cannot be a code, or was mistyped.
    """
    typed = _typed(text)
    form = _FORMS.get(len(typed))
    if form is None:
        raise AccessDenied(_LENGTHS)
    return _secret(form, typed)


def new_link_code(random: Random) -> str:
    """128 bits, six groups of five characters of which the last four check the others."""
    return _write(_LINK, random(_LINK.size))


def parse_link_code(text: str) -> bytes:
    """The 16 bytes of a link's code, or of a whole link: what stands after its `#`.

    As forgiving as `parse_code`. Raises AccessDenied if it cannot be one, or was mistyped.
    """
    typed = _typed(text.rpartition("#")[2])
    if len(typed) != _LINK.length:
        raise AccessDenied(_LENGTHS)
    return _secret(_LINK, typed)


def _typed(text: str) -> str:
    return text.translate(_IGNORED).lower() if len(text) <= _MAX_TYPED else ""


def _secret(form: _Form, typed: str) -> bytes:
    number = _number(typed[: form.digits])
    padding = form.digits * _BITS - form.size * 8
    secret = (number >> padding).to_bytes(form.size, "big")
    if _digits(form, secret) != "".join(_ALPHABET[_value(c)] for c in typed):
        raise AccessDenied("The code was mistyped: compare it with the original.")
    return secret


def new_session_token(random: Random) -> str:
    """256 bits for a cookie: 43 characters of URL-safe base64."""
    return base64.urlsafe_b64encode(random(_SESSION_SIZE)).rstrip(b"=").decode()


def parse_session_token(text: str) -> bytes:
    """The 32 bytes of a session token. Raises AccessDenied unless it is exactly as written."""
    try:
        secret = base64.urlsafe_b64decode(text + "=") if len(text) == _SESSION_LENGTH else b""
    except (ValueError, binascii.Error):
        secret = b""
    if new_session_token(lambda _: secret) != text or len(secret) != _SESSION_SIZE:
        raise AccessDenied("The session has ended: sign in again.")
    return secret


def new_bearer_token(random: Random) -> str:
    """256 bits for a program: `parchemin_` and 43 characters of URL-safe base64."""
    return _BEARER + new_session_token(random)


def parse_bearer_token(text: str) -> bytes:
    """The 32 bytes of a bearer token. Raises AccessDenied unless it is exactly as written."""
    if not text.startswith(_BEARER):
        raise AccessDenied("That is no token of ours: they begin with 'parchemin_'.")
    return parse_session_token(text.removeprefix(_BEARER))


def _value(character: str) -> int:
    try:
        return _VALUES[character]
    except KeyError:
        raise AccessDenied("That is no code of ours: it has a character that none has.") from None


def _number(digits: str) -> int:
    number = 0
    for character in digits:
        number = number << _BITS | _value(character)
    return number


def _digits(form: _Form, secret: bytes) -> str:
    """The code without its dashes."""
    number = int.from_bytes(secret, "big") << form.digits * _BITS - form.size * 8
    # The check is the start of a hash: it guards against typing errors, not against people.
    check = hashlib.sha256(b"parchemin/code/1" + bytes((form.length,)) + secret).digest()
    number = number << form.checks * _BITS
    number |= int.from_bytes(check[:4], "big") >> 32 - form.checks * _BITS
    shifts = range((form.length - 1) * _BITS, -1, -_BITS)
    return "".join(_ALPHABET[number >> shift & 31] for shift in shifts)


def _write(form: _Form, secret: bytes) -> str:
    code = _digits(form, secret)
    return "-".join(code[at : at + form.group] for at in range(0, form.length, form.group))
