"""The command an operator runs: what it prints, and how it exits."""

from functools import partial

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connections

from evidence import actions, head, triggers
from evidence.models import Personal, Record
from tests.evidence.conftest import LENGTH, append_by_hand, head_file, remove


def run(**options) -> None:
    call_command("verify_evidence", **options)


def test_an_empty_chain_is_whole(db, capsys):
    run()
    assert capsys.readouterr().out == "0 records, chain whole, head at seq 0\n"


def test_a_whole_chain_is_said_to_be_whole(chain, capsys):
    run()
    assert capsys.readouterr().out == "8 records, chain whole, head at seq 8\n"


def test_a_head_that_is_behind_is_a_note_and_seal_brings_it_up(chain, append, capsys):
    append()
    append()
    run()
    out = capsys.readouterr().out
    assert out.startswith("10 records, chain whole, head at seq 10\nNote: the signed head is 2 behind")
    run(seal=True)
    assert capsys.readouterr().out == "10 records, chain whole, head at seq 10\n"
    assert head_file()["seq"] == 10


def test_a_direct_change_in_the_database_is_named(chain, capsys):
    with triggers.lifted():
        Record.objects.filter(seq=4).update(facts={"serial": "OTHER"})
    with pytest.raises(CommandError, match="1 problem found"):
        run()
    assert capsys.readouterr().out == "record 4: changed: its hash is wrong: it was changed, or written by hand\n"


def change() -> None:
    Record.objects.filter(seq=4).update(subject=None)


def insert() -> None:
    """Those behind it move up by one, each with its payload."""
    for seq in range(LENGTH, 4, -1):
        Personal.objects.filter(record=seq).update(record=seq + 1)
        Record.objects.filter(seq=seq).update(seq=seq + 1)
    append_by_hand(5)


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (change, "record 4: changed"),
        (partial(remove, 4), "record 4: removed"),
        (insert, "record 5: changed: its hash is wrong: it was changed, or written by hand"),
        (partial(append_by_hand, LENGTH + 1), "record 9: inserted"),
        (partial(remove, 7, 8), "end of the chain: cut"),
    ],
    ids=["changed", "removed in the middle", "inserted", "appended by hand", "cut off the end"],
)
def test_whatever_was_done_to_the_chain_the_command_exits_non_zero_and_names_the_place(
    chain, tamper, found, capsys, monkeypatch
):
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the last thing a command does; the test goes on
    with triggers.lifted():
        tamper()
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", "verify_evidence", "--skip-checks"])
    assert ended.value.code
    assert found in capsys.readouterr().out


def test_a_missing_head_fails_until_the_operator_seals_anew(chain, capsys):
    head.path().unlink()
    with pytest.raises(CommandError):
        run()
    assert "head missing" in capsys.readouterr().out
    run(seal=True)
    run()
    assert head_file()["seq"] == 8


def test_a_broken_chain_is_never_sealed(chain, append):
    append()
    with triggers.lifted():
        Record.objects.filter(seq=4).update(kind="other")
    for present in (True, False):
        if not present:
            head.path().unlink()
        with pytest.raises(CommandError):
            run(seal=True)
        assert head.path().exists() == present
        assert not present or head_file()["seq"] == 8


def test_copies_kept_elsewhere_are_compared(chain, append, tmp_path, capsys):
    copy = tmp_path / "monday.json"
    copy.write_text(head.path().read_text())
    append()
    actions.seal()
    call_command("verify_evidence", "--head", str(copy))
    copy.write_text("{}")
    with pytest.raises(CommandError):
        call_command("verify_evidence", "--head", str(copy))
    assert f"{copy}: head file: forged or damaged" in capsys.readouterr().out


@pytest.mark.parametrize("key, found", [("", True), ("short", True), ("x" * 32, False)])
def test_a_short_key_is_refused_by_the_system_check(settings, key, found):
    settings.EVIDENCE_KEY = key
    assert any(error.id == "evidence.E001" for error in run_checks()) == found
