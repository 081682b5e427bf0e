"""A text column that is sealed at rest: plain in Python, sealed in the table, found by equality alone."""

from typing import Any

from django.db import models
from django.db.models.lookups import Exact, In, IsNull

from portal import ciphers, keyring


class SealedCharField(models.CharField):  # type: ignore[type-arg] # django-stubs' parameters say nothing here
    """``purpose`` is bound to every value. History tables written by triggers carry the field with the same purpose.

    What was written before sealing, or by hand, is read as it stands and sealed by ``rotate_keys``.
    """

    def __init__(self, *args: Any, purpose: str, **options: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, options = super().deconstruct()
        return str(name), path, args, {**options, "purpose": self.purpose}

    def db_type(self, connection: Any) -> str:
        return "text"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return text if not text or self._opens(text) else keyring.sealer().seal(text, self.purpose)

    def _opens(self, text: str) -> bool:
        """Whether it is sealed already, by us and for this column; what only looks so is a value like any other."""
        try:
            return ciphers.is_sealed(text) and bool(keyring.sealer().open(text, self.purpose))
        except ciphers.DoesNotOpen:
            return False

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return keyring.sealer().open(value, self.purpose) if ciphers.is_sealed(value) and value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """By equality; any other lookup would compare ciphertexts."""
        found = {"exact": SealedExact, "in": SealedIn, "isnull": IsNull}.get(lookup_name)
        if found is None:
            raise TypeError(f"{self.name} is sealed: it can be compared for equality only")
        return found


class Index(models.Func):
    """The blind index of a sealed column, for lookups and for unique constraints."""

    function = "split_part"
    template = "%(function)s(%(expressions)s, '.', 3)"
    output_field = models.TextField()


def _index(prepared: Any) -> str:
    return str(prepared).split(".", 3)[2] if ciphers.is_sealed(prepared) else str(prepared)


class SealedExact(Exact):
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, values = compiler.compile(self.lhs)
        if self.rhs_is_direct_value() and not self.rhs:
            return f"{left} = %s", [*values, self.rhs]
        if not self.rhs_is_direct_value():
            right, more = compiler.compile(self.rhs)
            return f"split_part({left}, '.', 3) = split_part({right}, '.', 3)", [*values, *more]
        return f"split_part({left}, '.', 3) = %s", [*values, _index(self.rhs)]


class SealedIn(In):
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, values = compiler.compile(self.lhs)
        prepared = [self.lhs.output_field.get_prep_value(value) for value in self.rhs]
        return f"split_part({left}, '.', 3) = ANY(%s)", [*values, [_index(value) for value in prepared]]
