"""What staff type at the data centre's desk: deliveries and the catalogue."""

from enterprises.credit.forms.catalogue import ContactForm, FieldSet, ItemForm, KeyForm, RenameForm, VersionForm
from enterprises.credit.forms.deliveries import DeliveryForm

__all__ = ["ContactForm", "DeliveryForm", "FieldSet", "ItemForm", "KeyForm", "RenameForm", "VersionForm"]
