"""Time-based codes (RFC 6238): six digits, thirty seconds, SHA-1, as every application has them."""

from __future__ import annotations

import base64
import hmac
from typing import Final

import pyotp

from vault_core.api import Random

PERIOD: Final = 30
DRIFT: Final = 1
"""Periods by which the telephone's clock may be off, either way."""
_BYTES: Final = 20


def new_secret(random: Random) -> str:
    """160 random bits in base 32 (RFC 4226 section 4)."""
    return base64.b32encode(random(_BYTES)).decode()


def address(secret: str, account: str, institution: str) -> str:
    """The `otpauth://` address that a QR code carries."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=institution)


def step_of(secret: str, code: str, now: float) -> int | None:
    """The time step for which a typed code is right, None if it is wrong; in constant time."""
    typed = "".join(code.split())
    found = None
    totp = pyotp.TOTP(secret)
    for drift in range(-DRIFT, DRIFT + 1):
        step = int(now) // PERIOD + drift
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            found = step
    return found
