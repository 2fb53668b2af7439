"""Seals on PDFs (PAdES): keys, HSMs, timestamps, and the evidence that keeps them checkable."""
