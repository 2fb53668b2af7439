"""Conformance suites that authors of plugins and storage backends run on their own work.

Each is a class of pytest tests: subclass it in a test module and give it the one fixture its
docstring names. They need `pytest` and `pytest-asyncio`.
"""
