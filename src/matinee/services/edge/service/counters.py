"""What an edge counts. Plain integers, because they are on the path of every request."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Since the process started. `status` is by class: index 2 is 2xx; 0 and 1 stay zero."""

    status: list[int] = field(default_factory=lambda: [0] * 6)
    hits: int = 0
    misses: int = 0
    collapsed: int = 0
    stale: int = 0
    bytes_sent: int = 0
    fills: int = 0
    fill_bytes: int = 0
    fill_failures: int = 0
    verify_failures: int = 0
    disk_mismatches: int = 0
    evictions: int = 0
    origin_checks: int = 0
    token_refusals: int = 0
