"""Pages where a person binds a firm and where a firm's members are kept."""

from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enterprises import actions, queries
from enterprises.access import SESSION_KEY, MemberRequest, acting_member, member_required
from enterprises.forms import InviteForm, LicenceProofForm, RegistryProofForm, UsccForm
from enterprises.models import Enterprise, Invitation, Member, ProofMethod, Representation
from enterprises.states import RepresentationState
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.doors import is_key, refuses, say
from portal.refusals import Refusal


@require_GET
def enterprise_bind(request: HttpRequest) -> HttpResponse:
    """Step 1: which firm. The code travels in the address, so that the next step can be reloaded."""
    asked = "uscc" in request.GET
    form = UsccForm(request.GET if asked else None)
    refusal: Refusal | None = None
    if asked and form.is_valid():
        if queries.firm_by_code(form.cleaned_data["uscc"]):
            return redirect("enterprise_bind_prove", uscc=form.cleaned_data["uscc"])
        refusal = actions.FirmNotFound()
    shown = {"form": form, "refusal": refusal, "claims": queries.claims_of(_person(request))}
    return _page(request, "bind", shown, status=422 if form.errors or refusal else 200)


@refuses
@require_http_methods(["GET", "POST"])
def enterprise_bind_prove(request: HttpRequest, uscc: str) -> HttpResponse:
    """Steps 2 and 3: the registry's facts, and proof to represent the firm."""
    firm = queries.firm_by_code(uscc)
    if firm is None:
        raise actions.FirmNotFound
    method, registry, licence = _proof_forms(request)
    form = registry if method == ProofMethod.REGISTRY else licence
    refusal: Refusal | None = None
    if form.is_bound and form.is_valid():
        try:
            claim = actions.claim_firm(
                user=_person(request), uscc=firm.uscc, method=method, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            refusal = refused
        else:
            return _answer(request, claim, firm)
    shown = {"firm": firm, "registry": registry, "licence": licence, "refusal": refusal}
    return _page(request, "bind_prove", shown, status=refusal.status if refusal else 422 if form.errors else 200)


def _proof_forms(request: HttpRequest) -> tuple[ProofMethod, RegistryProofForm, LicenceProofForm]:
    """Both ways to prove, side by side; only the one that was sent is bound."""
    method = ProofMethod.LICENCE if request.POST.get("method") == ProofMethod.LICENCE else ProofMethod.REGISTRY
    sent = method if request.method == "POST" else None
    registry = RegistryProofForm(request.POST if sent == ProofMethod.REGISTRY else None, prefix="registry")
    if sent == ProofMethod.LICENCE:
        return method, registry, LicenceProofForm(request.POST, request.FILES, prefix="licence")
    return method, registry, LicenceProofForm(prefix="licence")


def _answer(request: HttpRequest, claim: Representation, firm: Enterprise) -> HttpResponse:
    """Where a claim leads: into the firm, to waiting, or back to the form with what was wrong."""
    if claim.state == RepresentationState.PROVED:
        member = Member.objects.acting().get(user=claim.user, enterprise=firm)
        request.session[SESSION_KEY] = member.pk
        say(request, _("已核验，您现在可以代表 %(firm)s 办理业务。") % {"firm": firm})
        return redirect("enterprise_members")
    if claim.state == RepresentationState.FILED:
        say(request, _("已提交，核验员将在 2 个工作日内审核，结果会发到您的消息中。"))
        return redirect("enterprise_bind")
    left = max(0, actions.TRIES_A_DAY - queries.failed_comparisons(claim.user, claim.filed_at))
    shown = {
        "firm": firm,
        "registry": RegistryProofForm(prefix="registry"),
        "licence": LicenceProofForm(prefix="licence"),
        "mismatch": claim.refusal_reason,
        "left": left,
    }
    return _page(request, "bind_prove", shown, status=422)


@member_required()
@require_GET
def enterprise_members(request: MemberRequest) -> HttpResponse:
    firm = request.member.enterprise
    shown = {
        "people": queries.people_of(firm),
        "invitations": queries.open_invitations(firm, timezone.now()),
        "firms": queries.firms_of(request.user),
        "manages": request.member.may(Permission.ENTERPRISE_MANAGE_MEMBERS),
    }
    return _page(request, "members", shown)


@refuses
@member_required(Permission.ENTERPRISE_MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def enterprise_invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions.invite(member=request.member, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            say(request, _("已向 %(address)s 发出邀请。") % {"address": invitation.address})
            return redirect("enterprise_members")
    return _page(request, "invite", {"form": form, "refusal": refusal}, status=_status(form, refusal))


@refuses
@member_required(Permission.ENTERPRISE_MANAGE_MEMBERS)
@require_POST
def enterprise_invitation_cancel(request: MemberRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.visible_to(request.user), pk=pk)
    actions.cancel_invitation(invitation=invitation, member=request.member, at=timezone.now())
    say(request, _("邀请已取消。"))
    return redirect("enterprise_members")


@refuses
@member_required()
@require_http_methods(["GET", "POST"])
def enterprise_member_end(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask once more, then end the membership."""
    member = get_object_or_404(Member.objects.visible_to(request.user).select_related("user", "enterprise"), pk=pk)
    if request.method == "POST":
        actions.end_membership(member=member, by=request.member, at=timezone.now())
        say(request, _("%(who)s 已不再是本企业成员。") % {"who": member.user})
        return redirect("enterprise_members" if member.user_id != request.user.pk else "after_login")
    return _page(request, "member_end", {"member": member})


@member_required()
@require_POST
def enterprise_switch(request: MemberRequest) -> HttpResponse:
    """Act for another of one's firms from now on, in this session only."""
    members = Member.objects.acting().filter(user=request.user)
    chosen = request.POST.get("member", "")
    member = get_object_or_404(members.select_related("enterprise"), pk=chosen if is_key(chosen) else None)
    request.session[SESSION_KEY] = member.pk
    say(request, _("现在以 %(firm)s 的身份办理业务。") % {"firm": member.enterprise})
    return redirect("after_login")


@refuses
@login_not_required
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of an invitation opens. Reading says who invites whom; accepting asks for a sign-in."""
    rows = Invitation.objects.select_related("enterprise", "invited_by")
    invitation = rows.filter(token_digest=actions.token_digest(token)).first()
    if invitation is None:
        raise actions.InvitationNotFound
    is_over = bool(invitation.accepted_at or invitation.cancelled_at or invitation.expires_at <= timezone.now())
    if request.method == "POST" and request.user.is_authenticated:
        member = actions.accept_invitation(token=token, user=_person(request), at=timezone.now())
        request.session[SESSION_KEY] = member.pk
        say(request, _("您已加入 %(firm)s。") % {"firm": invitation.enterprise})
        return redirect("enterprise_members")
    return render(
        request, "enterprises/invitation.html", {"invitation": invitation, "is_over": is_over, "here": request.path}
    )


def _page(request: HttpRequest, name: str, shown: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the firm's desk; before a firm is bound the desk has no name to show."""
    if not hasattr(request, "member"):
        cast(MemberRequest, request).member = cast(Member, acting_member(request))
    return render(request, f"enterprises/{name}.html", shown, status=status)


def _status(form: Any, refusal: Refusal | None) -> int:
    return refusal.status if refusal else 422 if form.errors else 200


def _person(request: HttpRequest) -> User:
    """Whoever is signed in: the middleware lets nobody else come to these doors."""
    return cast(User, request.user)
