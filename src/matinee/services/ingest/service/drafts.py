"""Titles that were made only for a job."""

import structlog

from matinee.contracts.catalogue import Catalogue, TitleNotFoundError
from matinee.kit.deadline import deadline
from matinee.kit.errors import DeadlineError, UnavailableError
from matinee.services.ingest.ports import JobRecord

_CALL_SECONDS = 15.0
_log = structlog.get_logger()


async def take_draft_back(catalogue: Catalogue, job: JobRecord) -> None:
    """Delete the title that was made for a job which came to nothing, unless somebody has worked on it since."""
    if not job.draft_title:
        return
    try:
        async with deadline(_CALL_SECONDS):
            title = await catalogue.title(title_id=job.title_id)
            if title.version == 1 and title.release is None:
                await catalogue.delete_title(title_id=job.title_id)
    except TitleNotFoundError:
        return
    except (UnavailableError, DeadlineError) as error:
        _log.warning("draft_title_left", title_id=job.title_id, code=error.code)
