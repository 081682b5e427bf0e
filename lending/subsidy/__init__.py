"""Interest paid by the public purse."""
