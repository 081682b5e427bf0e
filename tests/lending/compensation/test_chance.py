"""Whatever the scheme and whatever the claim: every yuan is borne once, and no cap is exceeded."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lending.compensation import chance


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_any_scheme_shares_any_loss_exactly_and_says_the_same_again(seed: int) -> None:
    drawn = Random(seed)

    broken = [chance.run(clauses, drawn) for clauses in [chance.scheme(drawn)] for _claim in range(3)]

    assert broken == [[], [], []]
