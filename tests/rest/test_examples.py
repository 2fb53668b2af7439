"""The curl commands of `/api/docs` are what the server understands."""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
from pathlib import Path

from tests.requirements import need
from tests.rest.callers import Api
from vault_core.crypto.codes import new_recovery_code

MISUNDERSTOOD = {"400", "405", "411", "412", "413", "415", "422", "500", "503", "000"}
ROOT = "0" * 32


async def run(command: str, folder: Path, variables: dict[str, str]) -> tuple[str, str]:
    """Status and body."""
    process = await asyncio.create_subprocess_exec(
        need("sh"), "-c", command, cwd=folder, env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    heard, _ = await process.communicate()
    body, _, status = heard.decode(errors="replace").rpartition("\n")
    return status, body


async def test_every_example_is_understood(api: Api, tmp_path: Path) -> None:
    need("curl")
    (tmp_path / "FILE").write_bytes(b"%PDF-1.7 hello")
    (tmp_path / ".curlrc").write_text(
        'silent\nshow-error\nmax-time = 60\nwrite-out = "\\n%{http_code}"\n'
    )
    async with api.program() as ada, api.browser() as browser:
        made = await ada("PUT", f"documents/{ROOT}/children/report.txt", b"hello")
        folder = await ada("POST", f"documents/{ROOT}/folders", {"name": "Here"})
        session = next(iter(browser.client.cookie_jar))
        variables = {
            "SERVER": api.site.url,
            "TOKEN": ada.fields["Authorization"].partition(" ")[2],
            "COOKIE": f"{session.key}={session.value}",
            "DOCUMENT": made.json["id"], "FOLDER": folder.json["id"], "NAME": "new.txt",
            "LINK": ROOT, "UPLOAD": ROOT, "CREDENTIAL": ROOT, "BATCH": ROOT, "REVIEW": f"{ROOT}-1",
            "CODE": new_recovery_code(os.urandom), "VISIT": "none",
            "NUMBER": "1", "ISSUER": "men", "FACTOR": ROOT, "PASSWORD": "unknown", "TICKET": "none",
            "NEW": "nine owls read slow maps", "CURL_HOME": str(tmp_path),
        }  # fmt: skip
        page = (await ada("GET", "/api/docs")).body.decode()
        document = (await ada("GET", "/api/openapi.json")).json
        commands = {
            found[1]: html.unescape(found[2])
            for found in re.finditer(r'<pre [^>]*aria-label="[^"]*: (\w+)">(.*?)</pre>', page, re.S)
        }
        ids = [op["operationId"] for item in document["paths"].values() for op in item.values()]
        assert sorted(commands) == sorted(ids)
        ids.sort(key="recover".__eq__)  # it ends every session, so it comes last
        heard = {name: await run(commands[name], tmp_path, variables) for name in ids}
    wrong = {n: (commands[n], *a) for n, a in heard.items() if a[0] in MISUNDERSTOOD}
    assert wrong == {}, json.dumps(wrong, indent=1)
    for name, status in {
        "account": "200", "createToken": "201", "moveDocument": "200", "putDocument": "201",
        "createFolder": "201", "createUpload": "201", "createShare": "201",
        "archiveDocuments": "200", "confirmRecoveryCode": "204", "exportVault": "200",
        "recover": "201",
    }.items():  # fmt: skip
        assert heard[name][0] == status, (commands[name], heard[name])
