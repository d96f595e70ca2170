import contextlib
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from matinee.host.settings import SettingsError, SettingsSource


class Sample(msgspec.Struct, frozen=True):
    workers: Annotated[int, Meta(ge=1, le=64, description="Parallel encodes")] = 2
    folders: tuple[str, ...] = ()
    loud: bool = False


def test_defaults_then_file_then_environment(tmp_path):
    file = tmp_path / "matinee.toml"
    file.write_text('[sample]\nworkers = 4\nfolders = ["/a"]\n')
    source = SettingsSource(file, {"MATINEE_SAMPLE__WORKERS": "8"})
    assert source.load("sample", Sample) == Sample(workers=8, folders=("/a",))


def test_computed_values_are_weaker_than_what_a_person_wrote():
    source = SettingsSource(None, {"MATINEE_SAMPLE__WORKERS": "8"})
    assert source.load("sample", Sample, {"workers": 3, "loud": True}) == Sample(workers=8, loud=True)


def test_a_list_is_parted_by_commas_in_the_environment():
    source = SettingsSource(None, {"MATINEE_SAMPLE__FOLDERS": "/a,/b"})
    assert source.load("sample", Sample).folders == ("/a", "/b")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("WORKERS", "0", ">= 1"), ("WORKERS", "many", "int"), ("WORKRS", "2", "has no setting 'workrs'")],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(name, value, said):
    with pytest.raises(SettingsError, match=said):
        SettingsSource(None, {f"MATINEE_SAMPLE__{name}": value}).load("sample", Sample)


def test_each_value_says_where_it_comes_from(tmp_path):
    file = tmp_path / "matinee.toml"
    file.write_text("[sample]\nloud = true\n")
    source = SettingsSource(file, {"MATINEE_SAMPLE__WORKERS": "8"})
    shown = {item.name: item for item in source.effective("sample", source.load("sample", Sample))}
    assert shown["workers"].source == "MATINEE_SAMPLE__WORKERS"
    assert shown["workers"].description == "Parallel encodes"
    assert shown["loud"].source == str(file)
    assert shown["folders"].source == "default"


@given(st.binary(max_size=200))
def test_garbage_in_the_file_is_a_settings_error_or_settings(tmp_path_factory, garbage):
    file = Path(tmp_path_factory.mktemp("toml")) / "matinee.toml"
    file.write_bytes(garbage)
    with contextlib.suppress(SettingsError):
        assert isinstance(SettingsSource(file, {}).load("sample", Sample), Sample)
