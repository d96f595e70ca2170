"""A suite quotes what it checks, so that a port's docstring and its suite cannot drift apart."""

import inspect
import re

import pytest
from tests.conformance.test_history_store import HistoryStoreSuite

from matinee.blobs import port as blob_port
from matinee.events import port as event_port
from matinee.services.history import ports as history_ports
from matinee.services.home import ports as home_ports
from matinee.testing.blob_suite import BlobStoreSuite
from matinee.testing.event_suite import EventLogSuite
from matinee.testing.row_cache_suite import RowCacheSuite

TESTS = [
    pytest.param(port, method, id=f"{suite.__name__}-{name}")
    for port, suite in (
        (blob_port, BlobStoreSuite),
        (event_port, EventLogSuite),
        (history_ports, HistoryStoreSuite),
        (home_ports, RowCacheSuite),
    )
    for name, method in vars(suite).items()
    if name.startswith("test_")
]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("port", "method"), TESTS)
def test_each_conformance_test_quotes_a_promise_of_its_port(port, method):
    quote = re.fullmatch(r"'(.+)'\.", flat(method.__doc__))
    assert quote, "the docstring is one quotation"
    assert quote.group(1) in flat(inspect.getsource(port))
