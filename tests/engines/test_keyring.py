"""Keys of the installation: made once, private, the same in every process."""

import re
import subprocess
import sys
from datetime import UTC, datetime

import msgspec
import pytest

from matinee.engines.keyring import KeyFileError, KeyMissingError, Keyring, PublicKeys
from matinee.kit.signing import TokenError, Verifier

SEED_PRINTER = """
import pathlib, sys
from matinee.engines.keyring import Keyring
print(Keyring(pathlib.Path(sys.argv[1])).seed("k").hex())
"""


class Ticket(msgspec.Struct, frozen=True, tag="ticket"):
    expires_at: int


def test_a_seed_is_32_bytes_and_stays(tmp_path):
    seed = Keyring(tmp_path / "keys").seed("delivery")
    assert len(seed) == 32
    assert Keyring(tmp_path / "keys").seed("delivery") == seed
    assert Keyring(tmp_path / "keys").seed("passport") != seed
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["delivery.key", "passport.key"]


def test_what_one_process_signs_another_verifies_with_public_material_only(tmp_path):
    keys = Keyring(tmp_path / "keys")
    public = keys.public("delivery")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "delivery.pub").write_bytes((tmp_path / "keys" / "delivery.pub").read_bytes())
    assert PublicKeys(elsewhere).public("delivery") == public
    token = keys.signing_key("delivery").sign(Ticket(2_000_000_000))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert Verifier(PublicKeys(elsewhere).public("delivery"), Ticket).verify(token, now=now) == Ticket(2_000_000_000)
    with pytest.raises(TokenError):
        Verifier(keys.public("other"), Ticket).verify(token, now=now)


def test_a_public_key_that_is_not_there_or_damaged_says_so(tmp_path):
    with pytest.raises(KeyMissingError):
        PublicKeys(tmp_path).public("delivery")
    (tmp_path / "delivery.pub").write_text("c2hvcnQ\n")
    with pytest.raises(KeyFileError):
        PublicKeys(tmp_path).public("delivery")


def test_a_public_key_that_is_not_its_private_key_s_is_refused(tmp_path):
    keys = Keyring(tmp_path)
    keys.public("one")
    (tmp_path / "two.pub").write_bytes((tmp_path / "one.pub").read_bytes())
    with pytest.raises(KeyFileError):
        keys.public("two")


def test_the_operator_key_is_readable_and_stable(tmp_path):
    key = Keyring(tmp_path / "a").operator_key()
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}", key)
    assert Keyring(tmp_path / "a").operator_key() == key
    assert Keyring(tmp_path / "b").operator_key() != key


@pytest.mark.parametrize("name", ["", "../up", "a/b", "A", "a\0b", "a" * 65])
def test_names_that_would_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(KeyFileError):
        Keyring(tmp_path).seed(name)


def test_processes_that_race_agree(tmp_path):
    command = [sys.executable, "-c", SEED_PRINTER, str(tmp_path / "keys")]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    seeds = {child.communicate(timeout=60)[0] for child in children}
    assert len(seeds) == 1
    assert len(seeds.pop().strip()) == 64
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["k.key"]
