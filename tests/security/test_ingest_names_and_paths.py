"""Names and paths that uploads and imports bring along, and what may choose the tools."""

import base64
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from matinee.contracts.ingest import ImportFile, ImportRefusedError, SourceRefusedError
from matinee.engines.media.tools import find_tools
from matinee.kit.ids import JobId
from matinee.services.ingest.settings import IngestSettings
from matinee.testing.ingest import open_ingest
from matinee.testing.ingest_clients import TUS, X264, make_film, picture, served
from matinee.testing.titles import Callers

NASTY = [
    "-i /etc/passwd -y.mp4",
    "--help",
    "../../../../etc/cron.d/x.mp4",
    "..\\..\\boot.mp4",
    "/etc/passwd",
    "a'b\"c`d$(touch x).mp4",
    "line\nbreak\r\nSet-Cookie: a=b.mp4",
    "nul\0byte.mp4",
    "fd:0|concat:x.mp4",
    "überraschung-ナイト-🎬.mp4",
    "\u202egpj.4pm",
    "<script>alert(1)</script>.mp4",
    "x" * 2000 + ".mp4",
    "%2e%2e%2fpasswd.mp4",
    "",
]


def files_below(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*")}


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
async def test_attack_02_upload_names_never_become_paths_or_arguments(tmp_path: Path, name: str) -> None:
    callers = Callers()
    film = make_film(tmp_path / "f.mp4", *picture(1), *X264).read_bytes()
    async with open_ingest(tmp_path / "data") as room, served(room, callers) as client:
        outside = files_below(tmp_path) - {one for one in files_below(tmp_path) if one.startswith("data")}
        described = f"filename {base64.b64encode(name.encode()).decode()}"
        url = await client.create(len(film), metadata=described)
        assert (await client.patch(url, 0, film))[0] == 204
        job = await room.settled(JobId(url.rpartition("/")[2]))
        assert job.state == "ordered"
        assert job.source_name
        assert len(job.source_name) <= 200
        assert not set(job.source_name) & set("/\\\n\r\0\u202e")
        assert room.catalogue.titles[job.title_id].name
        after = files_below(tmp_path)
        assert {one for one in after if not one.startswith("data")} == outside
        for part in {piece for one in after for piece in one.split("/")}:
            assert name not in part or name == ""


@pytest.mark.parametrize(
    "upload_id", ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "../../keys", "a/b", "A" * 22, "x" * 23, "0" * 21 + "%00"]
)
async def test_attack_02_upload_addresses_reach_only_uploads(tmp_path: Path, upload_id: str) -> None:
    callers = Callers()
    async with open_ingest(tmp_path / "data") as room, served(room, callers) as client:
        for method in ("HEAD", "DELETE"):
            status, _, _ = await client.send(method, f"{client.uploads}/{upload_id}", headers=TUS)
            assert status in {400, 404}
        for header in (f"final;{client.uploads}/{upload_id}", f"final;file:///{upload_id}"):
            status, _, _ = await client.send("POST", client.uploads, headers={**TUS, "Upload-Concat": header})
            assert status in {400, 404}
        assert (tmp_path / "data" / "keys").is_dir()


Links = Callable[[Path, Path], Path]


def link_to_file(folder: Path, secret: Path) -> Path:
    (folder / "film.mp4").symlink_to(secret)
    return folder / "film.mp4"


def link_to_folder(folder: Path, secret: Path) -> Path:
    (folder / "sub").symlink_to(secret.parent)
    return folder / "sub" / secret.name


def link_in_the_middle(folder: Path, secret: Path) -> Path:
    (folder / "a").mkdir()
    (folder / "a" / "b").symlink_to(secret.parent)
    return folder / "a" / "b" / secret.name


def dots(folder: Path, secret: Path) -> Path:
    return folder / ".." / secret.parent.name / secret.name


def elsewhere(_folder: Path, secret: Path) -> Path:
    return secret


def pipe(folder: Path, _secret: Path) -> Path:
    os.mkfifo(folder / "film.mp4")
    return folder / "film.mp4"


def a_folder(folder: Path, _secret: Path) -> Path:
    (folder / "film.mp4").mkdir()
    return folder / "film.mp4"


def a_sibling_with_the_folders_name(folder: Path, secret: Path) -> Path:
    beside = folder.with_name(folder.name + "-private")
    beside.mkdir()
    return Path(shutil.copy(secret, beside / "film.mp4"))


@pytest.mark.parametrize(
    "trick",
    [
        link_to_file,
        link_to_folder,
        link_in_the_middle,
        dots,
        elsewhere,
        pipe,
        a_folder,
        a_sibling_with_the_folders_name,
    ],
)
async def test_attack_03_imports_follow_no_link_and_stay_inside(tmp_path: Path, trick: Links) -> None:
    secrets, folder = tmp_path / "secrets", tmp_path / "data" / "import"
    secrets.mkdir()
    folder.mkdir(parents=True)
    secret = make_film(secrets / "secret.mp4", *picture(1), *X264)
    path = trick(folder, secret)
    async with open_ingest(tmp_path / "data") as room:
        with pytest.raises(ImportRefusedError):
            await room.ingest.import_file(request=ImportFile(path=str(path)))
        with pytest.raises(ImportRefusedError):
            await room.ingest.inspect_file(path=str(path))
        good = make_film(folder / "good.mp4", *picture(1), *X264)
        request = ImportFile(path=str(good), side_text_paths=(str(path),))
        with pytest.raises(ImportRefusedError):
            await room.ingest.import_file(request=request)
        assert (await room.ingest.jobs()).items == ()
        assert not room.catalogue.titles


async def test_attack_03_a_link_put_there_after_the_request_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "import"
    folder.mkdir(parents=True)
    film = make_film(folder / "film.mp4", *picture(1), *X264)
    secret = make_film(tmp_path / "secret.mp4", *picture(2), *X264)
    async with open_ingest(tmp_path / "data", inspections=1) as room:
        blocker = make_film(folder / "long.mkv", *picture(20, size="1280x720"), "-c:v", "ffv1")
        await room.ingest.import_file(request=ImportFile(path=str(blocker), priority=-1))
        job = await room.ingest.import_file(request=ImportFile(path=str(film), priority=5))
        film.unlink()
        film.symlink_to(secret)
        settled = await room.settled(job.job_id)
        assert settled.state == "failed"
        assert settled.inspection is None


async def test_attack_03_side_files_must_be_subtitles(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "import"
    folder.mkdir(parents=True)
    film = make_film(folder / "film.mp4", *picture(1), *X264)
    (folder / "passwd").write_text("root:x:0:0")
    async with open_ingest(tmp_path / "data") as room:
        with pytest.raises(SourceRefusedError):
            await room.ingest.import_file(request=ImportFile(path=str(film), side_text_paths=(str(folder / "passwd"),)))


def test_attack_05_no_setting_and_no_variable_names_a_tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fields = {field.name for field in msgspec.structs.fields(IngestSettings)}
    assert not [
        name
        for name in fields
        if {"ffmpeg", "ffprobe", "packager", "binary", "command", "encoder"} & set(name.split("_"))
    ]
    evil = tmp_path / "ffmpeg"
    evil.write_text("#!/bin/sh\ntouch owned\n")
    evil.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(evil))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    find_tools.cache_clear()
    tools = find_tools()
    assert evil not in {tools.ffmpeg, tools.ffprobe, tools.packager}
    assert all(tool.is_absolute() and "site-packages" in tool.parts for tool in (tools.ffmpeg, tools.ffprobe))
