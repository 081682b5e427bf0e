"""The verbs of an application: the firm's, the loan officer's, and those that decide."""

from lending.applications.actions.applying import answer, apply, withdraw
from lending.applications.actions.deciding import approve, propose, refuse, send_back
from lending.applications.actions.handling import accept, ask, contract

__all__ = ["accept", "answer", "apply", "approve", "ask", "contract", "propose", "refuse", "send_back", "withdraw"]
