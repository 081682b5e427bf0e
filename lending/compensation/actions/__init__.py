"""The verbs of risk compensation: enrol and file (the bank), check to pay (three of the staff), fund and recover."""

from lending.compensation.actions.approval import (
    answer_appeal,
    approve_claim,
    clear_claim,
    flag_claim,
    take_up_deferred,
)
from lending.compensation.actions.breakers import ask_to_lift, lift_breaker, watch_breakers
from lending.compensation.actions.endings import claw_back_claim, repurchase_claim, write_off_claim
from lending.compensation.actions.enrolments import cancel_enrolment, enrol, enrol_by_itself, sweep
from lending.compensation.actions.filing import (
    appeal_claim,
    draft_claim,
    file_claim,
    issue_sheet,
    refile_claim,
    withdraw_claim,
)
from lending.compensation.actions.funds import deposit, load_schemes, set_budget
from lending.compensation.actions.meetings import call_meeting, hold_meeting, issue_meeting_sheet
from lending.compensation.actions.payments import (
    cancel_batch,
    drop_payment,
    pay_batch,
    pay_claim,
    prepare_batch,
    ready_payments,
    release_batch,
)
from lending.compensation.actions.publicity import collect_objections, end_publicities, resolve_objection
from lending.compensation.actions.recoveries import (
    chase_remittances,
    close_claim,
    confirm_remittance,
    report_recovery,
)
from lending.compensation.actions.review import (
    check_claim,
    find_faults,
    opine_on_claim,
    refuse_claim,
    return_claim,
    review_claim,
)
from lending.compensation.actions.schemes import (
    adopt_scheme,
    discard_scheme,
    draft_scheme,
    drop_clause,
    lift_clause,
    put_clause,
    set_terms,
)

__all__ = [
    "adopt_scheme",
    "answer_appeal",
    "appeal_claim",
    "approve_claim",
    "ask_to_lift",
    "call_meeting",
    "cancel_batch",
    "cancel_enrolment",
    "chase_remittances",
    "check_claim",
    "claw_back_claim",
    "clear_claim",
    "close_claim",
    "collect_objections",
    "confirm_remittance",
    "deposit",
    "discard_scheme",
    "draft_claim",
    "draft_scheme",
    "drop_clause",
    "drop_payment",
    "end_publicities",
    "enrol",
    "enrol_by_itself",
    "file_claim",
    "find_faults",
    "flag_claim",
    "hold_meeting",
    "issue_meeting_sheet",
    "issue_sheet",
    "lift_breaker",
    "lift_clause",
    "load_schemes",
    "opine_on_claim",
    "pay_batch",
    "pay_claim",
    "prepare_batch",
    "put_clause",
    "ready_payments",
    "refile_claim",
    "refuse_claim",
    "release_batch",
    "report_recovery",
    "repurchase_claim",
    "resolve_objection",
    "return_claim",
    "review_claim",
    "set_budget",
    "set_terms",
    "sweep",
    "take_up_deferred",
    "watch_breakers",
    "withdraw_claim",
    "write_off_claim",
]
