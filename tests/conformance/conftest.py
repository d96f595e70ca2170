"""The suites live in the package; their asserts are to explain themselves like any test's."""

import pytest

pytest.register_assert_rewrite(
    "matinee.testing.blob_suite",
    "matinee.testing.blob_machine",
    "matinee.testing.event_suite",
    "matinee.testing.event_machine",
    "matinee.testing.row_cache_suite",
    "matinee.testing.row_cache_machine",
)
