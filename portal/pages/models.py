"""What the public reads: articles, and figures that the rooms above compile and publish down as frozen rows."""

from datetime import date
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


class PublicNoticeQuerySet(models.QuerySet["PublicNotice"]):
    def newest(self) -> "PublicNoticeQuerySet":
        """One row for each reference: the last that was published of it."""
        return self.order_by("reference", "-pk").distinct("reference")

    def on(self, day: date) -> "PublicNoticeQuerySet":
        """What is being publicised on ``day``, the newest first."""
        shown = PublicNotice.objects.filter(pk__in=self.newest().values("pk"))
        return shown.filter(is_over=False, begins_on__lte=day).order_by("-pk")


class PublicNotice(Record):
    """A decision in publicity (公示), frozen: who, what, how much, until when. What changes of it is a new row."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    #: By which the room that publishes it knows it.
    reference = models.CharField(_("公示编号"), max_length=40, db_index=True)
    title = models.CharField(_("标题"), max_length=120)
    #: [["label", "value"], …] in the order in which they are read.
    facts = models.JSONField(_("公示内容"), default=list)
    begins_on = models.DateField(_("公示开始"))
    ends_on = models.DateField(_("公示截止"))
    is_over = models.BooleanField(_("已结束"), default=False)
    published_at = models.DateTimeField(_("发布时间"))

    objects = PublicNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("公示")
        verbose_name_plural = _("公示")
        ordering = ["-pk"]
        triggers = [append_only_trigger()]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("begins_on")), name="a_public_notice_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return self.title


class PublicRemark(Record):
    """What somebody says against a notice. The room that published it takes it from here and answers."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"name", "contact", "text"})
    append_only = True

    reference = models.CharField(_("公示编号"), max_length=40, db_index=True)
    name = models.CharField(_("姓名或单位"), max_length=60)
    contact = models.CharField(_("联系方式"), max_length=60)
    text = models.TextField(_("异议内容"))
    submitted_at = models.DateTimeField(_("提交时间"))

    class Meta:
        verbose_name = _("公示异议")
        verbose_name_plural = _("公示异议")
        ordering = ["pk"]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.reference} #{self.pk}"
