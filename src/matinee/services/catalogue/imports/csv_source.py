"""Reads a CSV file a piece at a time, off the event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from matinee.services.catalogue.imports.csv_file import Table
from matinee.services.catalogue.imports.csv_rows import RowReader
from matinee.services.catalogue.imports.ports import BATCH_ITEMS, ImportJob, Item, Pieces, Refused


class CsvSource:
    """Titles of CSV files. It has no pictures."""

    async def items(self, job: ImportJob, data: bytes) -> AsyncIterator[Pieces]:
        """Yield items in the order of the file."""
        table = await asyncio.to_thread(Table, data)
        pieces = _pieces(table, job.options.unrated_maturity)
        while True:
            piece = await asyncio.to_thread(next, pieces, None)
            if piece is None:
                return
            yield piece

    async def picture(self, job: ImportJob, place: str) -> bytes | None:  # noqa: ARG002  # of the port
        """Return None."""
        return None


def _pieces(table: Table, unrated_maturity: int) -> Iterator[Pieces]:
    reader = RowReader(table.columns, table.width, unrated_maturity=unrated_maturity)
    batch: list[Item] = []
    read = 0
    for record in table.records():
        if isinstance(record, Refused):
            batch.append(record)
        else:
            read = record.read_bytes
            batch.append(reader.read(record))
        if len(batch) == BATCH_ITEMS:
            yield Pieces(items=tuple(batch), fraction=min(1.0, read / table.size_bytes), encoding=table.told_encoding)
            batch = []
    yield Pieces(items=tuple(batch), fraction=1.0, encoding=table.told_encoding)
