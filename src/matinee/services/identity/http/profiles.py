"""Profiles over HTTP: the household, and who of it is watching."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from matinee.contracts.identity import SkipHabit
from matinee.host.http import problems
from matinee.kit.ids import ProfileId
from matinee.kit.passport import MAX_MATURITY, Passport
from matinee.services.identity.http.answers import PRIVATE, Answers, Caller
from matinee.services.identity.http.member import caller_of
from matinee.services.identity.http.session import MEMBERS, Password
from matinee.services.identity.http.views import ProfileView, SessionView, profile_view
from matinee.services.identity.service.profile_choice import ProfileChoice
from matinee.services.identity.service.profile_locks import Unlock
from matinee.services.identity.service.profile_rules import ProfileChange
from matinee.services.identity.service.profiles import Profiles

Rules = NamedDependency[Profiles]
Choice = NamedDependency[ProfileChoice]
Name = Annotated[str, Meta(min_length=1, max_length=40)]
Avatar = Annotated[str, Meta(min_length=1, max_length=32)]
Language = Annotated[str, Meta(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$", max_length=35)]
Maturity = Annotated[int, Meta(ge=0, le=MAX_MATURITY)]
NewPin = Annotated[str, Meta(pattern="^[0-9]{4,8}$")]
Pin = Annotated[str, Meta(max_length=8)]


class ProfileList(msgspec.Struct, frozen=True):
    """Profiles, oldest first."""

    items: tuple[ProfileView, ...]


class ProfileBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new profile, or what to change of one; `pin` null takes the PIN away.

    `current_pin` or `password` opens a locked profile when the last proof of identity is too old.
    """

    name: Name | UnsetType = UNSET
    avatar: Avatar | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    maturity: Maturity | UnsetType = UNSET
    kids: bool | UnsetType = UNSET
    pin: NewPin | UnsetType | None = UNSET
    autoplay_next: bool | UnsetType = UNSET
    autoplay_previews: bool | UnsetType = UNSET
    skip_intro: SkipHabit | UnsetType = UNSET
    skip_recap: SkipHabit | UnsetType = UNSET
    skip_credits: SkipHabit | UnsetType = UNSET
    current_pin: Pin = ""
    password: Password = ""

    def change(self) -> ProfileChange:
        """Return what is to change."""
        return ProfileChange(**{name: getattr(self, name) for name in ProfileChange.__struct_fields__})


class UnlockBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens a locked profile."""

    pin: Pin = ""
    password: Password = ""


class EnterBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is watching, and what opens the profiles that are left and entered, where they are locked."""

    profile_id: Annotated[str, Meta(min_length=1, max_length=32)]
    pin: Pin = ""
    password: Password = ""


def _unlock(passport: Passport, pin: str, password: str) -> Unlock:
    return Unlock(pin=pin, password=password, address=passport.client_address)


class ProfilesController(Controller):
    """The household."""

    path = "/profiles"
    tags = ("identity",)
    opt = MEMBERS

    @get("", summary="Profiles of the household", operation_id="listProfiles", opt=MEMBERS)
    async def read(self, profiles: Rules, passport: Caller) -> Response[ProfileList]:
        """Return the account's profiles, oldest first."""
        found = await profiles.all_of(passport.account)
        return Response(ProfileList(tuple(profile_view(facts) for facts in found)), headers=PRIVATE)

    @post(
        "",
        status_code=201,
        summary="Make a profile",
        operation_id="makeProfile",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 409, 429, 503),
    )
    async def make(self, profiles: Rules, passport: Caller, data: JSONBody[ProfileBody]) -> Response[ProfileView]:
        """Make one of at most five; one for kids sees films up to 7 unless said otherwise."""
        unlock = _unlock(passport, data.current_pin, data.password)
        made = await profiles.create(caller_of(passport), data.change(), unlock)
        return Response(profile_view(made), headers=PRIVATE, status_code=201)

    @patch(
        "/{profile_id:str}",
        summary="Change a profile",
        operation_id="changeProfile",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 404, 409, 429, 503),
    )
    async def change(
        self, profiles: Rules, passport: Caller, profile_id: FromPath[str], data: JSONBody[ProfileBody]
    ) -> Response[ProfileView]:
        """Change what is named; other limits count for everybody who uses the profile within seconds."""
        unlock = _unlock(passport, data.current_pin, data.password)
        changed = await profiles.change(caller_of(passport), ProfileId(profile_id), data.change(), unlock)
        return Response(profile_view(changed), headers=PRIVATE)

    @delete(
        "/{profile_id:str}",
        status_code=204,
        summary="Remove a profile",
        operation_id="removeProfile",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 404, 409, 429, 503),
    )
    async def remove(self, profiles: Rules, passport: Caller, profile_id: FromPath[str]) -> None:
        """Remove it and what belongs to it; one is always kept. Asks for a young proof of identity."""
        await profiles.remove(caller_of(passport), ProfileId(profile_id), _unlock(passport, "", ""))


class ProfileChoiceController(Controller):
    """Who is watching."""

    path = "/session/profile"
    tags = ("identity",)
    opt = MEMBERS

    @post(
        "",
        status_code=200,
        summary="Choose who is watching",
        operation_id="enterProfile",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 404, 409, 429, 503),
    )
    async def enter(
        self, profile_choice: Choice, answers: NamedDependency[Answers], passport: Caller, data: JSONBody[EnterBody]
    ) -> Response[SessionView]:
        """Enter a profile; `pin-needed` says which profile is locked and whether it has a PIN."""
        unlock = _unlock(passport, data.pin, data.password)
        return answers.signed_in(await profile_choice.enter(caller_of(passport), ProfileId(data.profile_id), unlock))

    @post(
        "/leave",
        status_code=200,
        summary="Go back to the choice of profiles",
        operation_id="leaveProfile",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 409, 429, 503),
    )
    async def leave(
        self, profile_choice: Choice, answers: NamedDependency[Answers], passport: Caller, data: JSONBody[UnlockBody]
    ) -> Response[SessionView]:
        """Leave the profile; a kids profile or one with a PIN opens with its PIN or the password."""
        unlock = _unlock(passport, data.pin, data.password)
        return answers.signed_in(await profile_choice.leave(caller_of(passport), unlock))
