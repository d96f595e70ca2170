"""What an adapter can and cannot do, as names, so that a skipped test states a fact about it."""

from typing import ClassVar, Literal

import pytest

Capability = Literal["durable", "multi_process"]
"""`durable`: what was acknowledged is there after a new start. `multi_process`: a second instance shares the data."""


class Suite:
    """Root of the conformance suites."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset()

    def require(self, capability: Capability) -> None:
        """Skip the test when the adapter does not claim the capability."""
        if capability not in self.capabilities:
            pytest.skip(f"{type(self).__name__}: the adapter is not {capability.replace('_', '-')}")
