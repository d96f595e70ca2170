"""The studio's jobs over HTTP."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from matinee.contracts.ingest import ImportFile
from matinee.host.http import problems
from matinee.kit.ids import JobId
from matinee.kit.passport import EDITORS
from matinee.services.ingest.http.live import Live
from matinee.services.ingest.http.views import JobView, JobViewPage, view
from matinee.services.ingest.service.ingest import IngestService

Rules = NamedDependency[IngestService]
Sender = NamedDependency[Live]
PathId = FromPath[str]
STUDIO = {"roles": EDITORS}
_NO_STORE = {"Cache-Control": "no-store"}


class StudioController(Controller):
    """What operators see and do with films on their way in."""

    path = "/studio"
    tags = ("ingest",)
    opt = STUDIO

    @get("/jobs", summary="Films on their way in", operation_id="listJobs", opt=STUDIO, responses=problems(400))
    async def list_jobs(
        self,
        ingest: Rules,
        limit: Annotated[int, QueryParameter(ge=1, le=100, description="items on a page")] = 50,
        cursor: Annotated[str | None, QueryParameter(max_length=400, description="where the page before ended")] = None,
    ) -> JobViewPage:
        """Return jobs, newest first."""
        page = await ingest.jobs(limit=limit, cursor=cursor)
        return JobViewPage(items=tuple([await view(ingest, job) for job in page.items]), next_cursor=page.next_cursor)

    @get("/jobs/{job_id:str}", summary="One job", operation_id="readJob", opt=STUDIO, responses=problems(404))
    async def read_job(self, ingest: Rules, job_id: PathId) -> JobView:
        """Return one job with its inspection report and the progress of its order."""
        return await view(ingest, await ingest.job(job_id=JobId(job_id)))

    @post(
        "/jobs/{job_id:str}/cancel",
        summary="Stop a job",
        operation_id="cancelJob",
        opt=STUDIO,
        status_code=204,
        responses=problems(404, 409),
    )
    async def cancel_job(self, ingest: Rules, job_id: PathId) -> None:
        """Stop a job wherever it is; what is cancelled already stays so."""
        await ingest.cancel(job_id=JobId(job_id))

    @post(
        "/jobs/{job_id:str}/retry",
        summary="Try a job again",
        operation_id="retryJob",
        opt=STUDIO,
        status_code=204,
        responses=problems(404, 409),
    )
    async def retry_job(self, ingest: Rules, job_id: PathId) -> None:
        """Try again what failed; finished parts are not made twice."""
        await ingest.retry(job_id=JobId(job_id))

    @post(
        "/imports",
        summary="Import a file",
        operation_id="importFile",
        opt=STUDIO,
        responses=problems(404, 422, 429),
    )
    async def import_file(self, ingest: Rules, data: JSONBody[ImportFile]) -> JobView:
        """Take a film from the server's own disk, out of one of the import folders."""
        return await view(ingest, await ingest.import_file(request=data))

    @get("/live", summary="Progress as it happens", operation_id="followJobs", opt=STUDIO, responses=problems(429))
    async def follow(self, live: Sender) -> Stream:
        """Send the 50 newest jobs as server-sent events: at once, and after each change."""
        live.admit()
        headers = {**_NO_STORE, "X-Accel-Buffering": "no"}
        return Stream(live.events(), media_type="text/event-stream", headers=headers)
