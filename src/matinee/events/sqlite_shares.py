"""Who owns which partition: leases of members, fair shares, taking over from the dead; inside a write transaction."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from matinee.events.sqlite_schema import generation_of, held_shares


@dataclass(frozen=True)
class Member:
    """One living reader. It counts as dead when its lease was not renewed for `life_seconds`."""

    group: int
    name: str
    life_seconds: float


@dataclass(frozen=True)
class Balance:
    """What a member has after looking at its share.

    Attributes:
        generation: of the group, as seen.
        shares: partition → (epoch, done).
        surplus: how many partitions over its fair share it still holds because work on them is under way.
    """

    generation: int
    shares: dict[int, tuple[int, int]]
    surplus: int


def balance(connection: sqlite3.Connection, member: Member, *, now: float, busy: Collection[int]) -> Balance:
    """Renew the member's lease, bury dead members, and give up or take partitions towards a fair share.

    Args:
        connection: inside a write transaction.
        member: who is asking; it joins by asking.
        now: Unix seconds.
        busy: partitions of which the member has polled events that it has not committed; they are not given up.
    """
    changed = _renew(connection, member, now)
    living = _bury(connection, member.group, now)
    changed |= living.buried
    mine = sorted(held_shares(connection, member.group, member.name))
    fair = _fair_share(connection, member, living.names)
    given = [partition for partition in mine if partition not in busy][: max(0, len(mine) - fair)]
    _set_owner(connection, member.group, given, None)
    if len(mine) < fair:
        _take(connection, member, fair - len(mine))
    if changed or given:
        connection.execute("UPDATE groups SET generation = generation + 1 WHERE id = ?", (member.group,))
    shares = held_shares(connection, member.group, member.name)
    return Balance(generation_of(connection, member.group), shares, max(0, len(shares) - fair))


def leave(connection: sqlite3.Connection, member: Member) -> None:
    """Take a member out and set its partitions free."""
    connection.execute("DELETE FROM members WHERE of_group = ? AND name = ?", (member.group, member.name))
    _set_owner(connection, member.group, held_shares(connection, member.group, member.name), None)
    connection.execute("UPDATE groups SET generation = generation + 1 WHERE id = ?", (member.group,))


@dataclass(frozen=True)
class _Living:
    names: list[str]
    buried: bool


def _renew(connection: sqlite3.Connection, member: Member, now: float) -> bool:
    """Write the lease; return whether the member is new, or was taken for dead."""
    row = (now, member.life_seconds, member.group, member.name)
    renewed = connection.execute(
        "UPDATE members SET renewed_at = ?, life_seconds = ? WHERE of_group = ? AND name = ?", row
    ).rowcount
    if not renewed:
        connection.execute("INSERT INTO members (renewed_at, life_seconds, of_group, name) VALUES (?, ?, ?, ?)", row)
    return not renewed


def _bury(connection: sqlite3.Connection, group: int, now: float) -> _Living:
    # The absolute distance, so that a clock that was set back does not keep a dead member alive for hours.
    dead = connection.execute(
        "DELETE FROM members WHERE of_group = ? AND abs(? - renewed_at) >= life_seconds", (group, now)
    ).rowcount
    names = [row[0] for row in connection.execute("SELECT name FROM members WHERE of_group = ? ORDER BY 1", (group,))]
    if dead:
        connection.execute(
            "UPDATE shares SET owner = NULL WHERE of_group = ?1 AND owner IS NOT NULL"
            " AND owner NOT IN (SELECT name FROM members WHERE of_group = ?1)",
            (group,),
        )
    return _Living(names, dead > 0)


def _fair_share(connection: sqlite3.Connection, member: Member, living: list[str]) -> int:
    """Return how many partitions the member should own; when it does not divide, the first by name own one more."""
    total = connection.execute("SELECT count(*) FROM shares WHERE of_group = ?", (member.group,)).fetchone()[0]
    each, rest = divmod(int(total), len(living))
    return each + (living.index(member.name) < rest)


def _take(connection: sqlite3.Connection, member: Member, count: int) -> None:
    free = connection.execute(
        "SELECT partition FROM shares WHERE of_group = ? AND owner IS NULL ORDER BY partition LIMIT ?",
        (member.group, count),
    ).fetchall()
    _set_owner(connection, member.group, [row[0] for row in free], member.name)


def _set_owner(connection: sqlite3.Connection, group: int, partitions: Collection[int], owner: str | None) -> None:
    connection.executemany(
        "UPDATE shares SET owner = ?, epoch = epoch + 1 WHERE of_group = ? AND partition = ?",
        [(owner, group, partition) for partition in partitions],
    )
