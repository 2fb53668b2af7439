"""tus-js-client, under Node, against a real server: through cuts and a kill, on disk and on S3."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from tests.processes import Server, opened, prepare, running
from tests.requirements import need, need_node_modules
from tests.storage_backends.servers import S3_KEY, S3_SECRET, s3_server
from vault_core.vault.keys import keyslots

SIZE = 24 * 1024 * 1024
SECONDS = 240


def s3_environment(url: str) -> dict[str, str]:
    """Settings by which blobs lie on that S3 server."""
    store = {"bucket": "blobs", "endpoint": url, "access_key_id": S3_KEY,
             "secret_access_key": S3_SECRET}  # fmt: skip
    return {
        "PARCHEMIN_PLUGINS__ENABLED": "local,bac,s3",
        "PARCHEMIN_STORAGE__BACKEND": "s3",
        **{f"PARCHEMIN_STORAGE__S3__{name.upper()}": text for name, text in store.items()},
    }


async def token_of(data: Path, env: dict[str, str]) -> tuple[str, str]:
    """An API token and the app password's Authorization of somebody new."""
    (ada,) = await asyncio.to_thread(prepare, data, "ada", env=env)
    async with opened(data, env) as institution:
        vault = await institution.vaults.open_app_password(ada.username, ada.token)
        expires = vault.actor().at + 3_600_000
        _, token = await keyslots.add_token(vault, "node", ["documents:write"], expires)
    return token, ada.authorization


@asynccontextmanager
async def cutting(server: Server, cuts: list[tuple[int, Callable[[], None]]]) -> AsyncIterator[str]:
    """A proxy that cuts a connection in place once it has sent so many bytes, once for each cut.

    What belongs to a cut is done before anybody is let in again.
    """
    busy = asyncio.Lock()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: bool) -> None:
        sent = 0
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
                sent += len(data)
                if up and cuts and sent >= cuts[0][0]:
                    async with busy:
                        writer.transport.abort()
                        await asyncio.to_thread(cuts.pop(0)[1])
                    break
        writer.transport.abort()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with busy:
            there, to_server = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.wait(
            [asyncio.create_task(copy(reader, to_server, True)),
             asyncio.create_task(copy(there, writer, False))],
            return_when=asyncio.FIRST_COMPLETED,
        )  # fmt: skip
        writer.transport.abort()
        to_server.transport.abort()

    listening = await asyncio.start_server(joined, "127.0.0.1")
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    assert cuts == [], "the connection was not cut as often as it was to be"


@asynccontextmanager
async def client(
    endpoint: str, token: str, file: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program, uploading `file` to `/in/big.bin`."""
    folder = Path(__file__).parent / "tus"
    modules = await asyncio.to_thread(need_node_modules, folder)
    process = await asyncio.create_subprocess_exec(
        need("node", "nodejs"), modules / "upload.mjs", f"{endpoint}/api/v1/uploads", token, file,
        "/in/big.bin", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def heard(process: asyncio.subprocess.Process) -> AsyncIterator[str]:
    assert process.stdout is not None
    async for line in process.stdout:
        yield line.decode().strip()


async def check(server: Server, authorization: str, file: Path) -> None:
    """What WebDAV reads is the file."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": authorization}) as session,
        session.get(f"{server.url}in/big.bin") as answer,
    ):
        assert answer.status == 200
        found = hashlib.sha256(await answer.read()).digest()
    assert found == hashlib.sha256(file.read_bytes()).digest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """24 MiB that no compression makes smaller."""
    path = tmp_path / "big.bin"
    path.write_bytes(random.Random(7).randbytes(SIZE))
    return path


@pytest.fixture(params=["local", "s3"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings of a store: a directory, and SeaweedFS by S3."""
    if request.param == "local":
        yield {}
        return
    folder = tmp_path / "seaweedfs"
    folder.mkdir()
    with s3_server(folder) as url:
        yield s3_environment(url)


async def test_an_upload_survives_cuts_and_a_killed_server(
    tmp_path: Path, file: Path, stored: dict[str, str]
) -> None:
    data = tmp_path / "data"
    env = {"PARCHEMIN_VAULT__RECIPIENT": "x25519", **stored}
    token, authorization = await token_of(data, env)
    with running(data, env) as server:

        def restart() -> None:
            server.kill()
            server.start()

        def nothing() -> None:
            """A line that broke, and no more."""

        cuts = [(SIZE // 5, nothing), (SIZE // 4, restart), (SIZE // 3, nothing)]
        async with (
            cutting(server, cuts) as proxy,
            client(proxy, token, file) as node,
            asyncio.timeout(SECONDS),
        ):
            said = [line async for line in heard(node)]
            assert await node.wait() == 0, said
        assert said[-1].startswith("done "), said
        assert sum(line.startswith("POST") for line in said) == 1, said  # nothing began anew
        offsets = [int(line.split()[1]) for line in said if line.startswith("PATCH")]
        assert offsets == sorted(offsets), said
        assert len(offsets) >= 4, said  # three cuts
        await check(server, authorization, file)
