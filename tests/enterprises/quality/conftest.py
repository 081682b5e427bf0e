"""The catalogue and a department that delivers, as the data centre's own tests have them."""

from tests.enterprises.credit.conftest import _own_deliveries, _partitions, catalogue, deliver, enterprise

__all__ = ["_own_deliveries", "_partitions", "catalogue", "deliver", "enterprise"]
