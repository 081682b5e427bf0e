"""What the public reads: articles, and figures that the rooms above compile and publish down as frozen rows."""

from typing import ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.pages.states import ArticleState
from portal.records import Record, append_only_trigger


class FigureKey(models.TextChoices):
    """The figures of the first page. Amounts are yuan; the rest are numbers of things."""

    LENT_AMOUNT = "lent_amount", _("累计发放贷款")
    ENTERPRISES_SERVED = "enterprises_served", _("服务市场主体")
    INSTITUTIONS = "institutions", _("接入金融机构")
    PRODUCTS = "products", _("在架融资产品")


class PublishedFigureQuerySet(models.QuerySet["PublishedFigure"]):
    def newest(self) -> "PublishedFigureQuerySet":
        """One row per key: the figure of the latest day, and of several publications of that day the last."""
        return self.order_by("key", "-as_of", "-pk").distinct("key")


class PublishedFigure(Record):
    """One figure as it was on one day. A correction is a new row."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    key = models.CharField(_("指标"), max_length=30, choices=FigureKey.choices)
    value = models.DecimalField(_("数值"), max_digits=20, decimal_places=2)
    as_of = models.DateField(_("数据截至"))
    published_at = models.DateTimeField(_("发布时间"))

    objects = PublishedFigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("公开数据")
        verbose_name_plural = _("公开数据")
        ordering = ["key", "-as_of", "-pk"]
        indexes = [models.Index(fields=["key", "-as_of", "-id"], name="figures_newest_first")]
        triggers = [append_only_trigger()]
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="a_published_figure_is_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()} {self.value} ({self.as_of})"

    @property
    def is_money(self) -> bool:
        return self.key.endswith("_amount")


class ArticleKind(models.TextChoices):
    NOTICE = "notice", _("通知公告")
    POLICY = "policy", _("政策摘要")
    CASE = "case", _("典型案例")
    GUIDE = "guide", _("办事指南")
    TERMS = "terms", _("条款")


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self) -> "ArticleQuerySet":
        return self.filter(state=ArticleState.PUBLISHED)

    def visible_to(self, user: User | AnonymousUser) -> "ArticleQuerySet":
        """Everybody reads what is published; whoever publishes sees drafts too."""
        return self if isinstance(user, User) and user.may(Permission.PAGES_PUBLISH) else self.published()


class Article(Record):
    """One page of text. ``source`` names the document a digest is made from."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    kind = models.CharField(_("栏目"), max_length=10, choices=ArticleKind.choices)
    slug = models.SlugField(_("地址"), max_length=60, unique=True)
    title = models.CharField(_("标题"), max_length=120)
    summary = models.CharField(_("摘要"), max_length=300, blank=True)
    body = models.TextField(_("正文"))
    source = models.CharField(_("来源文件"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=ArticleState.choices, default=ArticleState.DRAFT)
    drafted_at = models.DateTimeField(_("起草时间"))
    drafted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("起草人")
    )
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发布人")
    )
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤回人")
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("文章")
        verbose_name_plural = _("文章")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["kind", "state", "-id"], name="articles_of_a_kind")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ArticleState.values), name="an_article_has_a_known_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ArticleState.PUBLISHED) | models.Q(published_at__isnull=False),
                name="a_published_article_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title
