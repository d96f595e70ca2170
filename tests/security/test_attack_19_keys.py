"""Signing keys: made per installation, private to it, never built in, never shown."""

import inspect
import os
import pickle
import stat

import pytest

from matinee.engines import keyring as keyring_module
from matinee.engines.keyring import KeyFileError, Keyring
from matinee.kit.signing import SigningKey


def test_attack_19_every_installation_has_keys_of_its_own(tmp_path):
    rings = [Keyring(tmp_path / str(number)) for number in range(20)]
    assert len({ring.seed("delivery") for ring in rings}) == 20
    assert len({ring.operator_key() for ring in rings}) == 20
    assert len({rings[0].seed(name) for name in ("delivery", "passport", "cursor", "operator")}) == 4


def test_attack_19_key_files_are_for_their_owner_alone(tmp_path):
    before = os.umask(0)
    try:
        ring = Keyring(tmp_path / "keys")
        ring.seed("delivery")
        ring.public("delivery")
        ring.operator_key()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    for path in (tmp_path / "keys").glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list((tmp_path / "keys").glob("*.key"))) == 2


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_attack_19_a_key_that_others_may_read_is_refused(tmp_path, mode):
    ring = Keyring(tmp_path)
    ring.seed("delivery")
    (tmp_path / "delivery.key").chmod(mode)
    with pytest.raises(KeyFileError):
        ring.seed("delivery")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"x" * 33])
def test_attack_19_a_damaged_key_is_refused_and_never_replaced(tmp_path, content):
    path = tmp_path / "delivery.key"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(KeyFileError):
        Keyring(tmp_path).seed("delivery")
    assert path.read_bytes() == content


def test_attack_19_a_link_in_place_of_a_key_is_refused(tmp_path):
    known = tmp_path / "known"
    known.touch(mode=0o600)
    known.write_bytes(b"k" * 32)
    (tmp_path / "delivery.key").symlink_to(known)
    with pytest.raises(KeyFileError):
        Keyring(tmp_path).seed("delivery")


def test_attack_19_no_representation_shows_a_key(tmp_path):
    ring = Keyring(tmp_path / "keys")
    seed, key, operator = ring.seed("operator"), ring.signing_key("operator"), ring.operator_key()
    for shown in (repr(ring), str(ring), f"{ring}", repr(key), str(key), repr(vars(ring))):
        assert seed.hex() not in shown
        assert repr(seed) not in shown
        assert operator not in shown
    (tmp_path / "keys" / "operator.key").chmod(0o644)
    with pytest.raises(KeyFileError) as caught:
        ring.seed("operator")
    assert seed.hex() not in str(caught.value)
    assert str(seed) not in str(caught.value)


def test_attack_19_a_signing_key_cannot_be_pickled_by_accident():
    with pytest.raises(TypeError):
        pickle.dumps(SigningKey(SigningKey.generate()))


def test_attack_19_there_is_no_default_key():
    assert inspect.signature(Keyring).parameters["folder"].default is inspect.Parameter.empty
    assert inspect.signature(SigningKey).parameters["private"].default is inspect.Parameter.empty
    source = inspect.getsource(keyring_module)
    for weak in ("environ", "default_key", "fallback", "import random"):
        assert weak not in source
