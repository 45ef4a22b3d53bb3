"""What the governor decides is done and told."""

from __future__ import annotations

from axxond.app.governor import MEASURES, Measures, Pressure
from axxond.app.relief import Relief, machine_cpu_percent
from axxond.base.units import SECOND_US
from protocol.messages import LoadStep


class SteppingClock:
    def __init__(self) -> None:
        self.time_us = 0

    def now_us(self) -> int:
        return self.time_us

    def monotonic_us(self) -> int:
        self.time_us += SECOND_US
        return self.time_us


def test_each_step_is_done_and_told_as_a_warning_and_its_end_as_good_news() -> None:
    pressure = [Pressure(turn_us=900_000)]
    done: list[Measures] = []
    told: list[tuple[str, str]] = []
    relief = Relief(
        lambda: pressure[0],
        done.append,
        lambda kind, text: told.append((kind.name, text)),
        SteppingClock(),
    )
    for _ in range(8):
        relief.look()
    assert relief.newest is pressure[0]
    assert done == [MEASURES[LoadStep.NO_PREVIEWS], MEASURES[LoadStep.HALF_RATE]]
    assert [name for name, _ in told] == ["server.load"] * 2
    assert "live pictures" in told[0][1]
    pressure[0] = Pressure()
    for _ in range(60):
        relief.look()
    assert relief.step is LoadStep.NORMAL
    assert done[2:] == [MEASURES[LoadStep.NO_PREVIEWS], MEASURES[LoadStep.NORMAL]]
    assert [name for name, _ in told[2:]] == ["server.load-eased"] * 2


def test_the_machines_load_is_a_share_of_all_its_processors() -> None:
    machine_cpu_percent()
    assert 0 <= machine_cpu_percent() <= 100
