"""OpenTelemetry traces of some requests, for an institution that collects them; off by default."""

from __future__ import annotations

import logging
from typing import Any, Final

from vault_core.errors import SettingsError
from vault_core.logs import request_id
from vault_core.settings.sections import Tracing
from vault_core.watching.requests import METHODS, Handler, way_of

log = logging.getLogger(__name__)
SERVICE: Final = "parchemin"


def traced(settings: Tracing, handle: Handler) -> Handler:
    """The handler, with a span around it if the settings name a collector.

    A span has the method, the part of the server, the status and the request's id; never a path, a
    name or an address. Raises SettingsError if the extra `otel` is not installed.
    """
    if not settings.endpoint:
        return handle
    tracer = _tracer(settings)
    from opentelemetry.trace import SpanKind, Status, StatusCode

    async def spanned(request: Any) -> Any:
        method = request.method if request.method in METHODS else "OTHER"
        way = "dav" if request.path.startswith("/dav") else way_of(request.path)
        with tracer.start_as_current_span(
            f"{method} {way}", kind=SpanKind.SERVER, record_exception=False
        ) as span:
            response = await handle(request)
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.response.status_code", response.status)
            span.set_attribute("parchemin.way", way)
            span.set_attribute("parchemin.request", request_id.get())
            if response.status >= 500:
                span.set_status(Status(StatusCode.ERROR))
            return response

    return spanned


def _tracer(settings: Tracing) -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError:
        raise SettingsError(
            'tracing.endpoint needs OpenTelemetry: pip install "parchemin[otel]".'
        ) from None
    provider = TracerProvider(
        resource=Resource.create({"service.name": SERVICE}),
        sampler=ParentBased(TraceIdRatioBased(settings.ratio)),
    )
    # Its own thread sends; a collector that is away costs nothing but lost traces.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint)))
    log.info("%s of requests are traced", f"{settings.ratio:.0%}")
    return provider.get_tracer(SERVICE)
