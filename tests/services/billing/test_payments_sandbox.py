"""The sandbox's adapter keeps the promises of the payments port."""

import pytest

from matinee.testing.payments_suite import PaymentsSuite
from matinee.testing.sandbox import shop


class TestSandboxPayments(PaymentsSuite):
    @pytest.fixture
    async def bench(self, tmp_path):
        async with shop(tmp_path, deadline_seconds=1.0) as running:
            yield running
