"""`/api/docs`: every operation of the API is on the page, in both languages."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from tests.web.site import Reader, Site

LANGUAGES = [("fr", "Sommaire", "Qui peut appeler"), ("en", "Contents", "Who may call")]


async def described(reader: Reader) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await reader.text("/api/openapi.json"))
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def section(page: str, anchor: str) -> str:
    """One card of the page, without marks."""
    found = re.search(rf'<section class="card[^"]*" id="{anchor}".*?</section>', page, re.DOTALL)
    assert found, anchor
    return html.unescape(re.sub(r"<[^>]+>", "", found[0]))


@pytest.mark.parametrize(("language", "contents", "who"), LANGUAGES)
async def test_every_operation_is_on_the_page(
    running: Site, language: str, contents: str, who: str
) -> None:
    async with running.reader() as stranger:
        document = await described(stranger)
        answer = await stranger.get("/api/docs", Accept_Language=language)
    assert answer.status == 200
    assert f'<html lang="{language}">' in answer.text
    assert contents in answer.text
    found = operations(document)
    assert len(found) > 50
    for method, path, operation in found:
        card = section(answer.text, operation["operationId"])
        assert f'<a href="#{operation["operationId"]}">' in answer.text
        named = [one["name"] for one in operation.get("parameters", ())]
        scopes = [scope for way in operation["security"] for scope in way.get("token", ())]
        roles = operation.get("x-roles", [])
        for word in (method, path, who, *operation["responses"], *named, *scopes, *roles):
            assert word in card, (operation["operationId"], word)
    for name, schema in document["components"]["schemas"].items():
        card = section(answer.text, f"object-{name}")
        assert [member for member in schema["properties"] if member not in card] == []


async def test_no_link_of_the_page_leads_nowhere(running: Site) -> None:
    async with running.reader() as stranger:
        page = await stranger.text("/api/docs")
    anchors = re.findall(r'\bid="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert [one for one in re.findall(r'href="#([^"]+)"', page) if one not in anchors] == []


async def test_what_is_missing_names_a_page_that_exists(running: Site) -> None:
    async with running.reader() as stranger:
        answer = await stranger.get("/api/v1/nothing")
        named = re.search(r"/api/\w+(?= lists)", json.loads(answer.text)["detail"])
        assert named
        there = await stranger.get(named[0])
    assert there.status == 200
    assert there.headers["Content-Type"].startswith("text/html")
    policy = there.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", there.text)
