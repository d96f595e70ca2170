"""What is promised of a port is promised of it behind commands."""

import time

import pytest

from matinee.blobs.opened import open_blobs
from matinee.host.engines.blobs import GuardedBlobs
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.testing.blob_suite import BlobStoreSuite


class TestGuardedBlobs(BlobStoreSuite):
    capabilities = frozenset({"durable", "multi_process"})

    @pytest.fixture
    def store(self, tmp_path):
        return GuardedBlobs(open_blobs(f"file://{tmp_path}/blobs"), Commands(Tuning(), time.monotonic), "shop")

    @pytest.fixture
    def behind(self, store, tmp_path):
        return open_blobs(f"file://{tmp_path}/blobs")
