"""Cookies of signing in: out of reach of scripts, of other sites and of neighbouring hosts."""

from __future__ import annotations

from typing import Final, Literal

from aiohttp import web

Cookie = Literal["session", "pending", "browser", "device", "directory"]
"""`pending` waits for a second factor, `browser` spares its owner from floods of guesses, `device`
opens the vault after single sign-on, `directory` ties a directory's answer to its question."""

_PREFIX: Final = "__Host-"


def name(cookie: Cookie, secure: bool) -> str:
    """`__Host-` makes browsers refuse a cookie that a neighbouring host planted."""
    return f"{_PREFIX if secure else ''}parchemin-{cookie}"


def value(request: web.BaseRequest, cookie: Cookie, secure: bool) -> str:
    """What the browser sent, "" if nothing."""
    return request.cookies.get(name(cookie, secure), "")


def hand_over(
    answer: web.StreamResponse, cookie: Cookie, text: str, secure: bool, seconds: int | None = None
) -> None:
    """Give it to the browser: for so long, or until it closes."""
    answer.set_cookie(
        name(cookie, secure), text, path="/", secure=secure, httponly=True, samesite="Lax",
        max_age=seconds,
    )  # fmt: skip


def take_back(answer: web.StreamResponse, cookie: Cookie, secure: bool) -> None:
    """Make the browser forget it."""
    answer.del_cookie(name(cookie, secure), path="/", secure=secure, httponly=True, samesite="Lax")
