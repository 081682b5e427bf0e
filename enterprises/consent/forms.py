"""What a member ticks before signing, which looks to list, and why staff look."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent.clauses import Bounds
from enterprises.consent.models import FairUse, FetchKind, FrequencyUnit, LifeUnit
from enterprises.consent.models.authorizations import frequency_in_words, life_in_words
from enterprises.consent.queries import AskedItem, Wanted, item_names

DAYS = 90
USES = 10
MONTHS = 24


class GrantForm(forms.Form):
    """The terms of a consent. Every item is a box of its own; those with authorized fields start unticked."""

    fetch_kind = forms.ChoiceField(label=_("查询方式"), choices=FetchKind.choices, initial=FetchKind.PERIODIC)
    uses = forms.IntegerField(label=_("每周期最多查询次数"), min_value=1)
    uses_unit = forms.ChoiceField(label=_("次数周期"), choices=FrequencyUnit.choices, initial=FrequencyUnit.MONTH)
    data_months = forms.IntegerField(label=_("可查询多久以来的数据（月）"), min_value=1)
    ends_on = forms.DateField(label=_("授权到期日"), widget=forms.DateInput(attrs={"type": "date"}))
    data_life = forms.IntegerField(label=_("机构可保存多久"), min_value=1)
    data_life_unit = forms.ChoiceField(label=_("留存期单位"), choices=LifeUnit.choices)
    has_read = forms.BooleanField(label=_("我已逐项阅读并同意以上授权内容，知道可以随时暂停或撤回"))
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, bounds: Bounds, asked: Sequence[AskedItem], day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        self._bound(bounds, day)
        for item in asked:
            self.fields[f"item_{item.code}"] = forms.BooleanField(
                label=item.name, required=False, initial=not item.is_sensitive
            )

    def _bound(self, bounds: Bounds, day: date) -> None:
        """Start within the bounds of fair use, and say them."""
        last = day + timedelta(days=(bounds.max_days or 1) - 1)
        starts: dict[str, tuple[object, str]] = {
            "uses": (
                min(USES, bounds.max_uses or 1),
                _now("最多：%(bound)s")
                % {"bound": frequency_in_words(bounds.max_uses or 1, bounds.uses_unit or "month")},
            ),
            "uses_unit": (bounds.uses_unit or "month", ""),
            "data_months": (
                min(MONTHS, bounds.max_data_months or 1),
                _now("最多 %(bound)s") % {"bound": bounds.max_data_months or 1},
            ),
            "ends_on": (min(day + timedelta(days=DAYS), last), _now("最晚 %(day)s") % {"day": last.isoformat()}),
            "data_life": (
                bounds.max_data_life or 1,
                _now("最多 %(bound)s")
                % {"bound": life_in_words(bounds.max_data_life or 1, bounds.data_life_unit or "day")},
            ),
            "data_life_unit": (bounds.data_life_unit or "day", ""),
        }
        for name, (initial, help_text) in starts.items():
            self.fields[name].initial, self.fields[name].help_text = initial, help_text

    def items(self) -> list[tuple[AskedItem, forms.BoundField]]:
        """Each asked item beside its box, for the page."""
        return [(item, self[f"item_{item.code}"]) for item in self.asked]

    @property
    def chosen(self) -> dict[str, str]:
        return {item.code: item.mode for item in self.asked if self.cleaned_data.get(f"item_{item.code}")}

    @property
    def frequency(self) -> tuple[int, str]:
        return self.cleaned_data["uses"], self.cleaned_data["uses_unit"]

    @property
    def life(self) -> tuple[int, str]:
        return self.cleaned_data["data_life"], self.cleaned_data["data_life_unit"]

    @property
    def ends_at(self) -> datetime:
        """The end of the chosen day."""
        following: date = self.cleaned_data["ends_on"] + timedelta(days=1)
        return timezone.make_aware(datetime.combine(following, time.min))


class LooksForm(forms.Form):
    """Which looks to list. Names and purposes to choose from are those that have looked."""

    WHO = [("", _("全部")), ("institution", _("金融机构")), ("staff", _("政府部门")), ("own", _("本企业"))]
    HOW = [("", _("全部")), ("allowed", _("已放行")), ("refused", _("已拒绝"))]
    SHOWN = [("", _("全部")), ("raw", _("原始明细")), ("outcome", _("仅结论或汇总"))]

    who = forms.ChoiceField(label=_("谁查的"), choices=WHO, required=False)
    institution = forms.ChoiceField(label=_("机构或部门"), required=False)
    purpose = forms.ChoiceField(label=_("用途"), required=False)
    item = forms.ChoiceField(label=_("信息项"), required=False)
    shown = forms.ChoiceField(label=_("看到什么"), choices=SHOWN, required=False)
    how = forms.ChoiceField(label=_("结果"), choices=HOW, required=False)
    first = forms.DateField(label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, lookers: Sequence[str], purposes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = ("", _("全部"))
        choices: dict[str, list[Any]] = {
            "institution": [every, *((name, name) for name in lookers)],
            "purpose": [every, *((name, name) for name in purposes)],
            "item": [every, *item_names().items()],
        }
        for name, found in choices.items():
            field: Any = self.fields[name]
            field.choices = found

    @property
    def wanted(self) -> Wanted:
        """What was chosen soundly; the rest narrows nothing."""
        self.is_valid()
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if value})


class ReasonForm(forms.Form):
    """Why staff look into a firm's file."""

    reason = forms.CharField(label=_("查询事由"), min_length=4, max_length=200, help_text=_("事由会显示给企业。"))


class FairUseForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable when it runs
    """One row of bounds; the action says no where the row makes no sense."""

    class Meta:
        model = FairUse
        fields = [
            "purpose",
            "institution",
            "fetch_kind",
            "item_code",
            "max_days",
            "max_uses",
            "uses_unit",
            "max_data_months",
            "max_data_life",
            "data_life_unit",
            "max_mode",
        ]


class DutyForm(forms.Form):
    """What an institution says when it has deleted what it saw."""

    statement = forms.CharField(
        label=_("删除说明"),
        min_length=4,
        max_length=300,
        help_text=_("删除了哪些信息、从哪些系统删除。说明会显示给企业。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
