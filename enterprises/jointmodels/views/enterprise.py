"""The firm's side: what was asked and told about it without its file being opened, and who may know its name."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from enterprises.access import MemberRequest, member_required
from enterprises.jointmodels import queries
from enterprises.jointmodels.actions import linkages
from enterprises.jointmodels.models import Invitation, ModelRun, Question
from portal.accounts.roles import Permission
from portal.doors import keyset_page, refuses, say


@require_GET
@member_required()
def enterprise_questions(request: MemberRequest) -> HttpResponse:
    """Every question about the firm with its answer, newest first."""
    asked = queries.with_answers(Question.objects.filter(enterprise_id=request.member.enterprise_id))
    page = keyset_page(asked, request.GET.get("after", ""))
    return render(
        request, "enterprises/jointmodels/questions.html", {"page": page, "asked": queries.in_words(page.rows)}
    )


@require_GET
@member_required()
def enterprise_runs(request: MemberRequest) -> HttpResponse:
    """Every run of a bank's model over the firm, with what it told the bank."""
    mine = queries.with_outcomes(ModelRun.objects.filter(enterprise_id=request.member.enterprise_id))
    page = keyset_page(mine, request.GET.get("after", ""))
    return render(
        request, "enterprises/jointmodels/runs.html", {"page": page, "runs": queries.runs_in_words(page.rows)}
    )


@require_GET
@member_required()
def enterprise_invitations(request: MemberRequest) -> HttpResponse:
    rows = Invitation.objects.filter(enterprise_id=request.member.enterprise_id).select_related("institution")
    shown = {
        "page": keyset_page(rows, request.GET.get("after", "")),
        "may_answer": request.member.may(Permission.AUTHORIZATION_GRANT),
    }
    return render(request, "enterprises/jointmodels/invitations.html", shown)


@require_POST
@refuses
@member_required(Permission.AUTHORIZATION_GRANT)
def enterprise_invitation_agree(request: MemberRequest, pk: int) -> HttpResponseBase:
    linkages.agree(invitation=_own(request, pk), member=request.member, at=timezone.now())
    say(request, _("已同意，该机构可以看到贵企业的名称。可随时改为不同意。"))
    return redirect("enterprise_invitations")


@require_POST
@refuses
@member_required(Permission.AUTHORIZATION_GRANT)
def enterprise_invitation_decline(request: MemberRequest, pk: int) -> HttpResponseBase:
    linkages.decline(invitation=_own(request, pk), member=request.member, at=timezone.now())
    say(request, _("已答复不同意，该机构不会看到贵企业的名称。"))
    return redirect("enterprise_invitations")


def _own(request: MemberRequest, pk: int) -> Invitation:
    rows = Invitation.objects.visible_to(request.user).filter(enterprise_id=request.member.enterprise_id)
    return get_object_or_404(rows, pk=pk)
