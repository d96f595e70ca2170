"""Accounts as staff and the operator see and change them, over HTTP."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from matinee.contracts.identity import AccountRole
from matinee.host.http import problems
from matinee.kit.ids import AccountId
from matinee.kit.passport import ADMINS, SUPPORT
from matinee.services.identity.http.answers import PRIVATE, Caller, actor_of
from matinee.services.identity.http.joining import Accepted, Email
from matinee.services.identity.http.views import (
    AccountList,
    AccountView,
    AuditList,
    MemberView,
    SignedOutView,
    account_view,
    audit_view,
    member_view,
)
from matinee.services.identity.ports.records import AccountFilter
from matinee.services.identity.service.staff import MAX_PAGE, StaffRules

Staff = NamedDependency[StaffRules]
PathId = FromPath[str]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="most entries to return")]
Cursor = Annotated[str | None, QueryParameter(max_length=512, description="where the last page ended")]
SENIOR = {"roles": ADMINS}
HELPERS = {"roles": SUPPORT}


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account that staff make; its owner gets a mail to choose a password."""

    email: Email
    name: Annotated[str, Meta(max_length=100)] = ""
    role: AccountRole = "member"


class RoleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an account may do from now on."""

    role: AccountRole


class AdminAccountsController(Controller):
    """Members and staff."""

    path = "/admin/accounts"
    tags = ("admin",)
    opt = SENIOR

    @get("", summary="Accounts", operation_id="listAccounts", opt=HELPERS, responses=problems(400))
    async def page(
        self,
        staff: Staff,
        passport: Caller,  # noqa: ARG002  # whoever may read may read all
        q: Annotated[
            str, QueryParameter(max_length=200, pattern=r"^[^\x00]*$", description="part of e-mail or name")
        ] = "",
        role: Annotated[AccountRole | None, QueryParameter(description="only accounts with this role")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response[AccountList]:
        """Return accounts, newest first."""
        page = await staff.page(AccountFilter(query=q, role=role), limit=limit, cursor=cursor)
        items = tuple(account_view(account) for account in page.items)
        return Response(AccountList(items=items, next_cursor=page.cursor), headers=PRIVATE)

    @post(
        "",
        status_code=201,
        summary="Make an account",
        operation_id="createAccount",
        opt=SENIOR,
        responses=problems(400, 409),
    )
    async def create(self, staff: Staff, passport: Caller, data: JSONBody[NewAccount]) -> Response[AccountView]:
        """Make an account and send its owner a link to choose a password."""
        account = await staff.create(actor_of(passport), email=data.email, name=data.name, role=data.role)
        return Response(account_view(account), status_code=201, headers=PRIVATE)

    @get("/{account_id:str}", summary="One account", operation_id="readAccount", opt=HELPERS, responses=problems(404))
    async def read(self, staff: Staff, account_id: PathId) -> Response[MemberView]:
        """Return an account with its devices and newest lines of its log."""
        return Response(member_view(await staff.member(AccountId(account_id))), headers=PRIVATE)

    @post(
        "/{account_id:str}/role",
        status_code=200,
        summary="Give an account another role",
        operation_id="setRole",
        opt=SENIOR,
        responses=problems(400, 404, 409),
    )
    async def set_role(
        self, staff: Staff, passport: Caller, account_id: PathId, data: JSONBody[RoleBody]
    ) -> Response[AccountView]:
        """Change the role; the account's sessions end."""
        account = await staff.set_role(actor_of(passport), AccountId(account_id), data.role)
        return Response(account_view(account), headers=PRIVATE)

    @post(
        "/{account_id:str}/close",
        status_code=200,
        summary="Close an account",
        operation_id="closeAccount",
        opt=SENIOR,
        responses=problems(404, 409),
    )
    async def close(self, staff: Staff, passport: Caller, account_id: PathId) -> Response[AccountView]:
        """Nobody signs in to it any more; its sessions end."""
        account = await staff.close(actor_of(passport), AccountId(account_id))
        return Response(account_view(account), headers=PRIVATE)

    @post(
        "/{account_id:str}/reopen",
        status_code=200,
        summary="Open a closed account again",
        operation_id="reopenAccount",
        opt=SENIOR,
        responses=problems(404),
    )
    async def reopen(self, staff: Staff, passport: Caller, account_id: PathId) -> Response[AccountView]:
        """Let its owner sign in again."""
        account = await staff.reopen(actor_of(passport), AccountId(account_id))
        return Response(account_view(account), headers=PRIVATE)

    @post(
        "/{account_id:str}/sign-out",
        status_code=200,
        summary="End all sessions of an account",
        operation_id="signOutAccount",
        opt=HELPERS,
        responses=problems(403, 404),
    )
    async def sign_out(self, staff: Staff, passport: Caller, account_id: PathId) -> Response[SignedOutView]:
        """Sign the account out everywhere."""
        ended = await staff.sign_out(actor_of(passport), AccountId(account_id))
        return Response(SignedOutView(ended), headers=PRIVATE)

    @post(
        "/{account_id:str}/reset",
        status_code=202,
        summary="Send a link for a new password",
        operation_id="sendReset",
        opt=HELPERS,
        responses=problems(403, 404),
    )
    async def reset(self, staff: Staff, passport: Caller, account_id: PathId) -> Response[Accepted]:
        """Send the account's owner a link; staff never see it."""
        await staff.send_reset(actor_of(passport), AccountId(account_id))
        return Response(Accepted(), status_code=202, headers=PRIVATE)


class AuditController(Controller):
    """What staff did."""

    path = "/admin/audit"
    tags = ("admin",)
    opt = SENIOR

    @get("", summary="What staff did", operation_id="readAudit", opt=SENIOR, responses=problems(400))
    async def page(
        self,
        staff: Staff,
        account_id: Annotated[
            str | None, QueryParameter(max_length=32, pattern="^[0-9a-z]*$", description="only about this account")
        ] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response[AuditList]:
        """Return entries, newest first."""
        subject = None if account_id is None else AccountId(account_id)
        page = await staff.audit(limit=limit, cursor=cursor, account_id=subject)
        return Response(
            AuditList(items=tuple(audit_view(entry) for entry in page.items), next_cursor=page.cursor), headers=PRIVATE
        )
