"""J6: a holder counts as dead only when its process surely no longer exists on this boot of this machine."""

from __future__ import annotations

import os
import subprocess
import sys

from hub.jobs import lease


def holder(pid, boot=None, run=None):
    return f"{boot or lease._boot()} {pid} {run or lease._run}"


def ended_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_J6_i_am_alive():
    assert not lease.is_dead(lease.myself())


def test_J6_a_process_that_has_ended_is_dead():
    assert lease.is_dead(holder(ended_process()))


def test_J6_another_process_that_runs_is_alive():
    assert not lease.is_dead(holder(os.getppid()))


def test_J6_an_earlier_run_that_had_my_number_is_dead():
    assert lease.is_dead(holder(os.getpid(), run="another"))


def test_J6_nobody_is_dead():
    assert lease.is_dead(None)


def test_J6_of_another_machine_or_boot_nothing_is_known():
    assert not lease.is_dead(holder(ended_process(), boot="elsewhere"))


def test_J6_where_the_boot_cannot_be_told_apart_nothing_is_known(monkeypatch):
    monkeypatch.setattr(lease, "_boot", lambda: "?")
    assert not lease.is_dead(holder(ended_process(), boot="?"))


def test_J6_words_that_name_no_process_are_not_believed():
    assert not lease.is_dead(holder("many"))
    assert not lease.is_dead("")
