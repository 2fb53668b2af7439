"""Traces reach a collector that speaks OTLP/HTTP, and say no name."""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.processes import prepare, running
from tests.serving import Client


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes traces as the OpenTelemetry collector does, and keeps them."""

    bodies: list[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        type(self).bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Silence."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    bodies: list[bytes] = []
    kind = type("One", (Collector,), {"bodies": bodies})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_arrive(tmp_path: Path, collector: tuple[str, list[bytes]]) -> None:
    url, bodies = collector
    (ada,) = prepare(tmp_path / "data", "adalovelace")
    env = {"PARCHEMIN_TRACING__ENDPOINT": url, "PARCHEMIN_TRACING__RATIO": "1"}

    async def use(port: int) -> str:
        client = Client(port, ada.authorization)
        put = await client.request("PUT", "/dav/secret-name", b"x" * 10)
        await client.request("GET", "/dav/secret-name")
        await client.request("GET", "/healthz")
        await client.close()
        return put.fields["x-request-id"]

    with running(tmp_path / "data", env) as server:
        request = asyncio.run(use(server.port))
    # Stopping sends what is left.
    sent = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    spans = [
        span
        for one in sent
        for resource in one.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    names = [span.name for span in spans]
    assert names[:3] == ["PUT dav", "GET dav", "GET web"]
    put = {item.key: item.value for item in spans[0].attributes}
    assert put["http.response.status_code"].int_value == 201
    assert put["parchemin.request"].string_value == request
    assert all(span.end_time_unix_nano > span.start_time_unix_nano for span in spans)
    assert b"secret-name" not in b"".join(bodies)
    assert b"adalovelace" not in b"".join(bodies)


def test_a_collector_that_is_away_costs_no_request(tmp_path: Path) -> None:
    (ada,) = prepare(tmp_path / "data", "adalovelace")
    env = {"PARCHEMIN_TRACING__ENDPOINT": "http://127.0.0.1:9", "PARCHEMIN_TRACING__RATIO": "1"}

    async def use(port: int) -> int:
        client = Client(port, ada.authorization)
        status = (await client.request("PUT", "/dav/x", b"x")).status
        await client.close()
        return status

    with running(tmp_path / "data", env) as server:
        assert asyncio.run(use(server.port)) == 201
