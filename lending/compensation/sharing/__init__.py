"""A scheme applied: to a claim (``compute``), to its pool (``breakers``), to what comes back (``apply_recovery``).

Pure. In the order of a claim's life:

* ``judge(clauses, facts, stage=…)`` conditions of a stage, as verdicts; ``excluded(code, clauses, others)`` stacking.
* ``needs(clauses)`` which tallies of the pool to count; ``breakers(clauses, pool)`` and ``stops(verdicts, action)``.
* ``compute(clauses, facts, pool=…, faults=…)`` lines, shares and ``instalments``: all yuan, exact to the fen.
* ``procedure(clauses)``, ``step_due``, ``appeal_closes`` steps and their last days; publicity (公示) is one of the steps.
* ``check(clauses, code=…, valid_from=…)`` gaps and contradictions of a draft; ``funds.commitments`` who fills a fund.
* ``apply_recovery`` then ``share_recovery``; ``remit_by``, ``late_interest``; ``repurchase`` on cure.
"""

from lending.compensation.clauses.base import Stage
from lending.compensation.clauses.facts import Share
from lending.compensation.sharing.checking import Finding, check
from lending.compensation.sharing.claims import (
    Computation,
    Instalment,
    Line,
    SchemeIncomplete,
    compute,
    gaps,
    judge,
    maybe,
    the,
)
from lending.compensation.sharing.pools import (
    OtherScheme,
    appeal_closes,
    binding_day,
    breakers,
    excluded,
    needs,
    procedure,
    step_due,
    stops,
)
from lending.compensation.sharing.recoveries import (
    Applied,
    apply_recovery,
    late_interest,
    loss_components,
    remit_by,
    repurchase,
    share_recovery,
    still_missing,
)

__all__ = [
    "Applied",
    "Computation",
    "Finding",
    "Instalment",
    "Line",
    "OtherScheme",
    "SchemeIncomplete",
    "Share",
    "Stage",
    "appeal_closes",
    "apply_recovery",
    "binding_day",
    "breakers",
    "check",
    "compute",
    "excluded",
    "gaps",
    "judge",
    "late_interest",
    "loss_components",
    "maybe",
    "needs",
    "procedure",
    "remit_by",
    "repurchase",
    "share_recovery",
    "step_due",
    "still_missing",
    "stops",
    "the",
]
