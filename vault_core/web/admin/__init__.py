"""The console at `/admin/`: for operators, administrators and auditors; counts, never content."""
