"""A firm that may state facts, on the catalogue of the data centre."""

from tests.enterprises.credit.conftest import _own_deliveries, _partitions, catalogue, deliver

__all__ = ["_own_deliveries", "_partitions", "catalogue", "deliver"]
