"""Conformance suites, state machines, fakes and builders for tests; never imported by product code."""
