import pytest

from lending.desks.rules import Waiting, next_step

NOTHING = Waiting(documents=0, requests=0, overdue=0, approved=0, running=0, open_needs=0)


@pytest.mark.parametrize(
    ("waiting", "step"),
    [
        ({}, "post"),
        ({"open_needs": 1}, "match"),
        ({"running": 2, "open_needs": 1}, "follow"),
        ({"approved": 1, "running": 2}, "contract"),
        ({"overdue": 1, "approved": 1}, "overdue"),
        ({"requests": 1, "overdue": 1}, "consent"),
        ({"documents": 1, "requests": 1}, "answer"),
    ],
)
def test_the_most_pressing_step_comes_first(waiting: dict[str, int], step: str) -> None:
    assert next_step(Waiting(**{**NOTHING.__dict__, **waiting})) == step
