"""What a person should do next, judged from what waits. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """What waits for a firm, counted."""

    documents: int
    requests: int
    overdue: int
    approved: int
    running: int
    open_needs: int


def next_step(waiting: Waiting) -> str:
    """The most pressing step, as a code the page has words and a link for."""
    pressing = (
        ("answer", waiting.documents),
        ("consent", waiting.requests),
        ("overdue", waiting.overdue),
        ("contract", waiting.approved),
        ("follow", waiting.running),
        ("match", waiting.open_needs),
    )
    return next((code for code, count in pressing if count), "post")
