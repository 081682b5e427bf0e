"""One loss shared between bank, guarantor, re-guarantor and national fund."""
