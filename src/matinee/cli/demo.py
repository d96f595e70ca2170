"""`matinee demo`: makes the demo catalogue in the running service."""

import argparse
import asyncio

import structlog

from matinee.cli.verbs import Verbs, add_verb
from matinee.demo.publish import DemoProgress, fill
from matinee.demo.renderer import ChildRenderer
from matinee.demo.settings import DemoSettings
from matinee.engines.keyring import Keyring
from matinee.host.settings import SettingsSource
from matinee.host.supervisor import end_with_supervisor
from matinee.kit.clock import SystemClock
from matinee.telemetry import logs
from matinee.wiring.settings import ServiceSettings

_log = structlog.get_logger()


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs, "demo", summary="Make the demo films and publish them in the running service.", example="matinee demo"
    )
    verb.set_defaults(run=run)


def run(_: argparse.Namespace, source: SettingsSource) -> int:
    """Make what is missing; a film that is there already is left alone."""
    end_with_supervisor()
    service = source.load("service", ServiceSettings)
    settings = source.load("demo", DemoSettings)
    logs.configure(process="demo", level=service.log_level)
    folder = service.data / "demo"
    work = fill(
        base_url=service.browser_url,
        operator_key=Keyring(service.data / "keys").operator_key(),
        folder=folder,
        renderer=ChildRenderer(folder=folder, seed=settings.seed, deadline_seconds=settings.render_seconds),
        clock=SystemClock(),
        settings=settings,
        on_progress=_Said(),
    )
    asyncio.run(work)
    return 0


class _Said:
    """Logs each step once, and the drawing of a film by tenths."""

    def __init__(self) -> None:
        self._last: tuple[str, str, int] = ("", "", -1)

    def __call__(self, progress: DemoProgress) -> None:
        step = (progress.key, progress.stage, int(progress.done * 10))
        if step != self._last:
            self._last = step
            _log.info(
                "demo", film=progress.name, stage=progress.stage, done=round(progress.done, 2), reason=progress.reason
            )
