"""Random claims over random schemes, each computed twice: `SCHEME_CLAIMS=1000000 pytest tests/bench/test_schemes.py -m bench -s`.

Every one must share its loss to the fen, exceed no cap, and come out the same again; the rate is of single computations.
"""

import os
import time
from random import Random

import pytest

from lending.compensation.sharing import compute
from tests.lending.compensation import chance

pytestmark = pytest.mark.bench

CLAIMS = int(os.environ.get("SCHEME_CLAIMS", "20000"))
SEED = int(os.environ.get("SCHEME_SEED", "20261124"))
#: Claims under each scheme.
EACH = 20


def test_random_claims_over_random_schemes_break_no_promise() -> None:
    broken: list[tuple[int, list[str]]] = []
    begun, computing, count = time.perf_counter(), 0.0, 0
    for number in range(CLAIMS // EACH):
        drawn = Random(SEED + number)
        clauses = chance.scheme(drawn)
        for _claim in range(EACH):
            facts, beside, wrong = chance.claim(drawn), chance.pool(clauses, drawn), chance.faults(clauses, drawn)
            before = time.perf_counter()
            found = compute(clauses, facts, pool=beside, faults=wrong)
            computing += time.perf_counter() - before
            count += 1
            said = chance.faults_of(clauses, facts, beside, found)
            if compute(clauses, facts, pool=beside, faults=wrong) != found:
                said.append("computed again, the lines differ")
            if said:
                broken.append((SEED + number, said))

    whole = time.perf_counter() - begun
    print(
        f"\n{count:,} claims over {CLAIMS // EACH:,} schemes in {whole:,.0f} s; {count / computing:,.0f} computations/s"
    )
    assert broken[:5] == []
