"""JSON for programs: `/api/v1/…`, and the documents that verifiers fetch."""
