"""The public pages. Anonymous by design: they read published rows only."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.doors import keyset_page, refuses, say
from portal.pages import actions, samples
from portal.pages.forms import RemarkForm
from portal.pages.layout import parts
from portal.pages.models import Article, ArticleKind, PublicNotice, PublishedFigure

LEADS = {
    ArticleKind.NOTICE: _("平台通知、活动和服务公告。"),
    ArticleKind.POLICY: _("与企业融资有关的政策要点，附来源文件。"),
    ArticleKind.CASE: _("企业凭信用获得融资的真实案例，发布前已征得企业同意。"),
    ArticleKind.GUIDE: _("授权、异议、信用修复等事项的办理标准和步骤。"),
}


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    figures = {figure.key: figure for figure in PublishedFigure.objects.newest()}
    return render(
        request,
        "portal/pages/home.html",
        {
            "figures": figures.values(),
            "as_of": min((figure.as_of for figure in figures.values()), default=None),
            "notices": Article.objects.published().filter(kind=ArticleKind.NOTICE).order_by("-pk")[:5],
        },
    )


@login_not_required
def articles(request: HttpRequest, kind: str) -> HttpResponse:
    shown = Article.objects.published().filter(kind=kind)
    return render(
        request,
        "portal/pages/articles.html",
        {
            "kind": ArticleKind(kind),
            "lead": LEADS[ArticleKind(kind)],
            "page": keyset_page(shown, request.GET.get("after", ""), size=20),
        },
    )


@login_not_required
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article. A draft is shown to whoever may publish it, to nobody else."""
    found = get_object_or_404(Article.objects.visible_to(request.user), slug=slug)
    return render(
        request,
        "portal/pages/article.html",
        {"article": found, "parts": parts(found.body), "list_url": _list_name(found)},
    )


@login_not_required
def publicities(request: HttpRequest) -> HttpResponse:
    """What is being publicised today (公示)."""
    shown = PublicNotice.objects.on(timezone.localdate())
    page = keyset_page(shown, request.GET.get("after", ""), size=20)
    return render(request, "portal/pages/publicities.html", {"page": page})


@login_not_required
@refuses
def publicity(request: HttpRequest, reference: str) -> HttpResponse:
    """One notice with the form for an objection, as long as it stands."""
    notice = get_object_or_404(PublicNotice.objects.newest(), reference=reference)
    form = RemarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.remark(notice=notice, at=timezone.now(), **form.cleaned_data)
        say(request, gettext("异议已收到，经办人员会与您联系。公示期从现在起停止计时，处理完毕后继续。"))
        return redirect("public_publicity", reference=reference)
    return render(request, "portal/pages/publicity.html", {"notice": notice, "form": form})


@login_not_required
def demo_components(request: HttpRequest) -> HttpResponse:
    """Every component with sample content: for looking at, and for learning from. Does not exist outside the demo."""
    if not settings.DEMO:
        raise Http404
    return render(request, "portal/pages/components.html", samples.components(timezone.now()))


def _list_name(article: Article) -> str:
    return {
        ArticleKind.NOTICE: "public_notices",
        ArticleKind.POLICY: "public_policies",
        ArticleKind.CASE: "public_cases",
        ArticleKind.GUIDE: "public_guides",
    }.get(ArticleKind(article.kind), "public_home")
