"""`matinee ingest`: films from this machine into the running service."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from matinee.cli.api import Api, operator_api
from matinee.cli.films import Film, SideText, find_films
from matinee.cli.output import errors, print_json, print_rows
from matinee.cli.titles import SideImports
from matinee.cli.tus import upload
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.host.settings import SettingsSource
from matinee.wiring.settings import ServiceSettings

EXIT_FAILED = 1
_POLL_SECONDS = 0.5
_ENDED = {"refused", "failed", "cancelled", "published"}


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs,
        "ingest",
        summary="Upload a film, or every film in a folder, with the subtitles, NFO files and pictures beside them.",
        example="matinee ingest ~/films --no-wait",
    )
    verb.add_argument("paths", nargs="+", type=Path, metavar="FILE|FOLDER")
    verb.add_argument("--av1", action="store_true", help="make AV1 renditions beside H.264")
    verb.add_argument("--no-wait", action="store_true", help="return when the files are uploaded")
    verb.add_argument("--server", metavar="URL", help="base URL of the service (default: this machine's)")
    add_json(verb)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Upload everything, follow it until it is published or refused, and say how each ended."""
    films = [film for path in arguments.paths for film in find_films(path)]
    if not films:
        errors.print("There is no film there: a film has an extension such as .mp4, .mkv, .mov, .webm or .ts.")
        return EXIT_FAILED
    results = asyncio.run(_ingest(arguments, source.load("service", ServiceSettings), films))
    if arguments.json:
        print_json(results)
    else:
        print_rows(results, columns=("file", "state", "title_id", "said"))
    return EXIT_FAILED if any(result["state"] in {"refused", "failed", "cancelled"} for result in results) else 0


async def _ingest(arguments: argparse.Namespace, service: ServiceSettings, films: list[Film]) -> list[dict[str, Any]]:
    async with operator_api(service, arguments.server) as api:
        sides = SideImports(api, {}, lambda said: errors.print(said, markup=False))
        with _bars(DownloadColumn(), TimeRemainingColumn()) as progress:
            jobs = [(film, await _upload(api, sides, film, progress, av1=arguments.av1)) for film in films]
        if arguments.no_wait:
            return [{"file": film.path.name, "state": "uploaded", "title_id": None, "said": job} for film, job in jobs]
        with _bars(TextColumn("{task.fields[step]}")) as progress:
            return await asyncio.gather(*(_follow(api, film, job, progress) for film, job in jobs))


def _bars(*more: ProgressColumn) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), *more)
    return Progress(*columns, console=errors, transient=True)


async def _upload(api: Api, sides: SideImports, film: Film, progress: Progress, *, av1: bool) -> str:
    title_id = await sides.title_of(film.path)
    texts = [await _upload_text(api, side) for side in film.texts]
    task = progress.add_task(film.path.name, total=film.path.stat().st_size)
    metadata = {"filename": film.path.name, "av1": "1" if av1 else "0"}
    if title_id is not None:
        metadata["title_id"] = title_id
    if texts:
        metadata["text_uploads"] = ",".join(texts)
    return await upload(api, film.path, metadata, lambda sent: progress.update(task, completed=sent))


async def _upload_text(api: Api, side: SideText) -> str:
    metadata = {"filename": side.path.name, "role": "text", "language": side.language}
    return await upload(api, side.path, metadata, lambda _: None)


async def _follow(api: Api, film: Film, job_id: str, progress: Progress) -> dict[str, Any]:
    task = progress.add_task(film.path.name, total=1.0, step="")
    while True:
        _, _, job = await api.call("GET", f"/api/v1/studio/jobs/{job_id}")
        order = job["order"]
        state = order["state"] if order else job["state"]
        steps = [step["step"] for step in (order or {"steps": []})["steps"] if step["finished_at"] is None]
        fraction = order["fraction"] if order else job["inspected_fraction"] / 10
        progress.update(task, completed=fraction, step=", ".join(steps) or state)
        if state in _ENDED:
            return {"file": film.path.name, "state": state, "title_id": job["title_id"], "said": _said(job)}
        await asyncio.sleep(_POLL_SECONDS)


def _said(job: dict[str, Any]) -> str:
    order = job["order"]
    if order and order["failure"]:
        return str(order["failure"]["sentence"])
    findings = (job["inspection"] or {"findings": ()})["findings"]
    return str(job["failure"] or " ".join(item["sentence"] for item in findings if item["severity"] != "note"))
