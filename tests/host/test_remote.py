"""A contract called over HTTP answers as it does in one process."""

import asyncio
import io
from typing import Protocol

import aiohttp
import msgspec
import pytest

from matinee.host.remote import (
    MAX_CALL_BYTES,
    CallerSigner,
    ContractServer,
    RoomAwayError,
    operations_of,
    remote,
)
from matinee.host.server import Listener, serving
from matinee.kit.deadline import deadline
from matinee.kit.errors import DeadlineError, InternalError, NotFoundError, UnauthenticatedError
from matinee.kit.signing import SigningKey
from matinee.wiring.rooms import CONTRACTS


class Film(msgspec.Struct, frozen=True):
    name: str
    seconds: float
    picture: bytes = b""


class FilmNotFoundError(NotFoundError):
    code = "film-not-found-in-test"


class Shelf(Protocol):
    async def film(self, *, name: str, doubled: bool = False) -> Film: ...

    async def put(self, *, film: Film) -> None: ...

    async def hang(self, *, seconds: float) -> None: ...

    async def crash(self) -> None: ...


class ShelfRules:
    def __init__(self) -> None:
        self.films: dict[str, Film] = {}

    async def film(self, *, name: str, doubled: bool = False) -> Film:
        if name not in self.films:
            raise FilmNotFoundError(f"No film called {name}.", name=name)
        film = self.films[name]
        return Film(film.name, film.seconds * (2 if doubled else 1), film.picture)

    async def put(self, *, film: Film) -> None:
        self.films[film.name] = film

    async def hang(self, *, seconds: float) -> None:
        await asyncio.Event().wait()

    async def crash(self) -> None:
        raise ZeroDivisionError("secret detail")


@pytest.fixture
def key() -> SigningKey:
    return SigningKey(SigningKey.generate())


@pytest.fixture
async def shelf(free_port, key):
    app = ContractServer({Shelf: ShelfRules()}, key.public)
    listener = Listener("127.0.0.1", free_port)
    async with serving(app, listener), aiohttp.ClientSession() as http:
        yield remote(Shelf, listener.url, http, CallerSigner("test", key))


async def test_arguments_results_and_defaults_travel(shelf):
    film = Film("ß 'quoted'\n电影", 1.5, bytes(range(256)))
    await shelf.put(film=film)
    assert await shelf.film(name=film.name) == film
    assert (await shelf.film(name=film.name, doubled=True)).seconds == 3.0


async def test_an_error_arrives_as_the_same_class_with_its_facts(shelf):
    with pytest.raises(FilmNotFoundError, match="No film called Metropolis") as caught:
        await shelf.film(name="Metropolis")
    assert caught.value.facts == {"name": "Metropolis"}


async def test_a_defect_arrives_as_our_mistake_without_its_words(shelf):
    with pytest.raises(InternalError) as caught:
        await shelf.crash()
    assert "secret detail" not in caught.value.detail


async def test_the_callers_deadline_ends_the_call(shelf):
    with pytest.raises(DeadlineError):
        async with deadline(0.2):
            await shelf.hang(seconds=60.0)


async def test_a_stranger_may_not_call(free_port, key):
    app = ContractServer({Shelf: ShelfRules()}, key.public)
    listener = Listener("127.0.0.1", free_port)
    forged = CallerSigner("test", SigningKey(SigningKey.generate()))
    async with serving(app, listener), aiohttp.ClientSession() as http:
        with pytest.raises(UnauthenticatedError):
            await remote(Shelf, listener.url, http, forged).film(name="x")


async def test_an_absent_process_is_named_as_away(free_port, key):
    async with aiohttp.ClientSession() as http:
        with pytest.raises(RoomAwayError):
            await remote(Shelf, f"http://127.0.0.1:{free_port}", http, CallerSigner("test", key)).film(name="x")


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xff", b"\x81\xa4name", msgspec.msgpack.encode({"name": 3}), b"\x00" * 1000]
)
async def test_garbage_is_refused_and_the_server_lives(free_port, key, body):
    app = ContractServer({Shelf: ShelfRules()}, key.public)
    listener = Listener("127.0.0.1", free_port)
    async with serving(app, listener), aiohttp.ClientSession() as http:
        headers = {"x-matinee-caller": CallerSigner("test", key).token()}
        async with http.post(f"{listener.url}/internal/Shelf/film", data=body, headers=headers) as answer:
            assert answer.status == 500
            assert msgspec.msgpack.decode(await answer.read())["category"] == "invalid"


async def test_a_call_over_the_bound_is_refused(free_port, key):
    app = ContractServer({Shelf: ShelfRules()}, key.public)
    listener = Listener("127.0.0.1", free_port)
    async with serving(app, listener), aiohttp.ClientSession() as http:
        headers = {"x-matinee-caller": CallerSigner("test", key).token()}
        url = f"{listener.url}/internal/Shelf/film"
        async with http.post(url, data=io.BytesIO(b"\x00" * (MAX_CALL_BYTES + 1)), headers=headers) as answer:
            assert msgspec.msgpack.decode(await answer.read())["category"] == "too-large"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
def test_every_contract_can_travel(contract):
    operations = operations_of(contract)
    assert operations
    for operation in operations.values():
        msgspec.msgpack.Decoder(operation.arguments)
        msgspec.msgpack.Decoder(operation.result)
