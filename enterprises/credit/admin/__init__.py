"""The data centre's desk: the catalogue, the departments, the deliveries."""

from enterprises.credit.admin.batches import BatchAdmin
from enterprises.credit.admin.catalogue import ItemAdmin
from enterprises.credit.admin.departments import DepartmentAdmin, SourceAdmin

__all__ = ["BatchAdmin", "DepartmentAdmin", "ItemAdmin", "SourceAdmin"]
