"""One's own account over HTTP."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from matinee.host.http import problems
from matinee.services.identity.http.answers import PRIVATE, Answers, Caller
from matinee.services.identity.http.joining import Accepted, EmailBody
from matinee.services.identity.http.session import MEMBERS, DeviceName, Password, ProofBody
from matinee.services.identity.http.views import (
    ActivityList,
    DeviceList,
    DeviceView,
    SessionView,
    activity_view,
    device_view,
)
from matinee.services.identity.service.account import AccountChange, AccountRules

Rules = NamedDependency[AccountRules]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="most lines to return")]


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password, and the old one unless the last proof of identity is young."""

    new_password: Password
    current_password: Password = ""


class DeviceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name for a device; an empty one takes the name away."""

    device_name: DeviceName


class AccountController(Controller):
    """Changes to one's own account."""

    path = "/account"
    tags = ("identity",)
    opt = MEMBERS

    @post(
        "/password",
        status_code=204,
        summary="Change the password",
        operation_id="changePassword",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 422, 429, 503),
    )
    async def change_password(self, account_rules: Rules, passport: Caller, data: JSONBody[PasswordBody]) -> None:
        """Set another password; every other session ends."""
        await account_rules.change_password(
            passport.session,
            passport.account,
            current=data.current_password,
            new=data.new_password,
            address=passport.client_address,
        )

    @post(
        "/email",
        status_code=202,
        summary="Change the e-mail address",
        operation_id="askEmailChange",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 429, 503),
    )
    async def change_email(
        self, account_rules: Rules, passport: Caller, data: JSONBody[EmailBody]
    ) -> Response[Accepted]:
        """Send a link to the new address and a notice to the old one."""
        await account_rules.ask_email(passport.session, passport.account, data.email, address=passport.client_address)
        return Response(Accepted(), status_code=202, headers=PRIVATE)

    @patch("", summary="Change facts about oneself", operation_id="changeAccount", opt=MEMBERS, responses=problems(400))
    async def change(
        self,
        account_rules: Rules,
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[AccountChange],
    ) -> Response[SessionView]:
        """Change name, language, territory or time zone; what is left out stays."""
        return answers.signed_in(await account_rules.change(passport.session, passport.account, data))

    @delete(
        "",
        status_code=204,
        summary="Erase the account",
        operation_id="eraseAccount",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 409, 429, 503),
    )
    async def erase(
        self,
        account_rules: Rules,
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[ProofBody],
    ) -> Response[None]:
        """Remove the account and everything that belongs to it, for ever."""
        await account_rules.erase(passport.session, passport.account, data.proof(), address=passport.client_address)
        return answers.signed_out()

    @get("/export", summary="Everything kept about oneself", operation_id="exportAccount", opt=MEMBERS)
    async def export(self, account_rules: Rules, passport: Caller) -> Response[dict[str, Any]]:
        """Return what identity keeps about the account, as a file to save."""
        attachment = {**PRIVATE, "Content-Disposition": 'attachment; filename="matinee-account.json"'}
        return Response(await account_rules.export(passport.account), headers=attachment)

    @get("/activity", summary="One's own security log", operation_id="readActivity", opt=MEMBERS)
    async def activity(self, account_rules: Rules, passport: Caller, limit: Limit = 50) -> Response[ActivityList]:
        """Return the newest lines, newest first."""
        lines = await account_rules.activity(passport.account, limit=limit)
        return Response(ActivityList(tuple(activity_view(line) for line in lines)), headers=PRIVATE)


class DevicesController(Controller):
    """Where one is signed in."""

    path = "/account/sessions"
    tags = ("identity",)
    opt = MEMBERS

    @get("", summary="Devices that are signed in", operation_id="listDevices", opt=MEMBERS)
    async def all(self, account_rules: Rules, passport: Caller) -> Response[DeviceList]:
        """Return them, last used first."""
        found = await account_rules.sessions(passport.account)
        views = tuple(device_view(session, current=passport.session) for session in found)
        return Response(DeviceList(views), headers=PRIVATE)

    @patch(
        "/{session_id:str}",
        summary="Name a device",
        operation_id="nameDevice",
        opt=MEMBERS,
        responses=problems(400, 404),
    )
    async def rename(
        self, account_rules: Rules, passport: Caller, session_id: FromPath[str], data: JSONBody[DeviceBody]
    ) -> Response[DeviceView]:
        """Give one of one's own devices a name."""
        session = await account_rules.rename_session(passport.account, session_id, data.device_name)
        return Response(device_view(session, current=passport.session), headers=PRIVATE)

    @delete(
        "/{session_id:str}",
        status_code=204,
        summary="Sign a device out",
        operation_id="endDevice",
        opt=MEMBERS,
        responses=problems(404),
    )
    async def end(self, account_rules: Rules, passport: Caller, session_id: FromPath[str]) -> None:
        """Sign one of one's own devices out, everywhere within seconds."""
        await account_rules.end_session(passport.account, session_id)

    @delete("", status_code=204, summary="Sign all other devices out", operation_id="endOtherDevices", opt=MEMBERS)
    async def end_others(self, account_rules: Rules, passport: Caller) -> None:
        """Sign every device out but this one."""
        await account_rules.end_others(passport.account, passport.session)
