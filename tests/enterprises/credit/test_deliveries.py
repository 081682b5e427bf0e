"""A delivery from the door to the record store."""


from enterprises.credit.models import CreditRecord, Reject
from enterprises.credit.states import BatchState
from enterprises.models import Enterprise
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver


def test_every_item_accepts_a_row_with_its_required_cells(deliver: Deliver, enterprise: Enterprise) -> None:
    from enterprises.credit import queries

    items = list(queries.schemas())

    batches = {item: deliver(item, [files.row(item)]) for item in items}

    faults = {
        item: list(Reject.objects.filter(batch=batch).values_list("field", "reason")) for item, batch in batches.items()
    }
    assert {item: found for item, found in faults.items() if found} == {}
    assert {batch.state for batch in batches.values()} == {BatchState.ACCEPTED}
    assert CreditRecord.objects.in_force().count() == 37
