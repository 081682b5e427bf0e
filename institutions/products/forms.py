"""What a product manager types to draft a product, and what anybody types to look through the shelf."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Institution
from institutions.products.criteria import clean_criteria
from institutions.products.models import (
    AskableItem,
    AskedMode,
    Guarantee,
    ProductVersion,
    RepaymentMethod,
    Scene,
    Zone,
)
from institutions.products.queries import Wish
from institutions.products.rules import CERTIFICATES, KINDS, LETTERS, SIZES, TAX_GRADES, CriteriaError, Terms
from portal import industries, money, regions

Choices = list[tuple[str, Any]]

SWITCHES: Choices = [
    ("no_dishonesty", _("不是失信被执行人")),
    ("no_serious_list", _("不在严重失信主体名单")),
    ("no_abnormal", _("不在经营异常名录")),
    ("no_bankruptcy", _("没有进行中的破产清算")),
]
#: Criteria that are typed as they are stored: field, kind.
AS_TYPED = {
    "region": "region",
    "industry": "industry",
    "industry_excluded": "industry_excluded",
    "enterprise_kind": "enterprise_kind",
    "size_class": "size_class",
    "min_years": "min_years",
    "min_grade": "min_grade",
    "tax_grade": "tax_grade",
    "min_insured_staff": "min_insured_staff",
    "certificate": "certificate",
}
#: Criteria that are typed in another unit: field, kind, how many stored units one typed unit is.
IN_UNITS = {
    "min_sales_wan": ("min_sales", money.WAN),
    "min_tax_paid_wan": ("min_tax_paid", money.WAN),
    "max_liabilities_percent": ("max_liabilities_ratio", Decimal("0.01")),
}


def _several(label: Any, choices: Choices, *, required: bool = False, help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=required, help_text=help_text, widget=forms.CheckboxSelectMultiple
    )


def _one(label: Any, choices: Choices, blank: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", blank), *choices], required=False)


def _number(label: Any, **options: Any) -> forms.DecimalField:
    field = forms.DecimalField(label=label, max_digits=14, decimal_places=2, **options)
    field.widget.attrs["inputmode"] = "decimal"
    return field


class TermsForm(forms.Form):
    """The terms of a version. Amounts are typed in 万元, rates in percent a year; ``terms()`` gives yuan and fractions."""

    summary = forms.CharField(label=_("一句话介绍"), max_length=120)
    description = forms.CharField(
        label=_("产品说明"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    zone = _one(_("专区"), list(Zone.choices), _("不属于专区"))
    scene = forms.ChoiceField(label=_("场景"), choices=Scene.choices, initial=Scene.GENERAL)
    min_amount_wan = _number(_("最低额度（万元）"), min_value=Decimal("0.01"))
    max_amount_wan = _number(_("最高额度（万元）"), min_value=Decimal("0.01"))
    min_term_months = forms.IntegerField(label=_("最短期限（月）"), min_value=1, max_value=360)
    max_term_months = forms.IntegerField(label=_("最长期限（月）"), min_value=1, max_value=360)
    min_rate_percent = _number(_("最低年利率（%）"), min_value=Decimal(0), max_value=Decimal(36))
    max_rate_percent = _number(_("最高年利率（%）"), min_value=Decimal(0), max_value=Decimal(36))
    guarantees = _several(_("担保方式"), list(Guarantee.choices), required=True)
    repayment_methods = _several(_("还款方式"), list(RepaymentMethod.choices), required=True)
    materials = forms.CharField(
        label=_("所需材料"),
        required=False,
        max_length=2000,
        help_text=_("每行一项。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    region = _several(
        _("经营区域"),
        [(code, name) for code, name in regions.region_choices()],
        help_text=_("不选表示全区。选地市即包含其全部区县。"),
    )
    industry = _several(_("支持行业"), [*industries.section_choices()], help_text=_("不选表示不限行业。"))
    industry_excluded = _several(_("排除行业"), [*industries.section_choices()])
    enterprise_kind = _several(_("主体类型"), list(KINDS.items()), help_text=_("不选表示不限。"))
    size_class = _several(_("企业规模"), list(SIZES.items()), help_text=_("按国家划型标准；不选表示不限。"))
    min_years = forms.IntegerField(label=_("成立满（年）"), required=False, min_value=1, max_value=50)
    min_grade = _one(_("信用等级不低于"), [(letter, letter) for letter in LETTERS], _("不要求"))
    tax_grade = _several(_("纳税信用级别"), list(TAX_GRADES.items()), help_text=_("不选表示不要求。"))
    exclusions = _several(_("负面情形"), SWITCHES)
    min_sales_wan = _number(_("近12个月申报销售额不低于（万元）"), required=False, min_value=Decimal("0.01"))
    min_tax_paid_wan = _number(_("近12个月纳税额不低于（万元）"), required=False, min_value=Decimal("0.01"))
    min_insured_staff = forms.IntegerField(label=_("参保人数不低于"), required=False, min_value=1, max_value=1_000_000)
    max_liabilities_percent = _number(
        _("资产负债率不高于（%）"), required=False, min_value=Decimal("0.01"), max_value=Decimal(500)
    )
    certificate = _several(_("资质认定"), list(CERTIFICATES.items()), help_text=_("持有其中之一即可；不选表示不要求。"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.items = list(AskableItem.objects.order_by("sequence", "code"))
        modes: Choices = [("", _("不需要")), *AskedMode.choices]
        for item in self.items:
            self.fields[f"item_{item.code}"] = forms.ChoiceField(label=item.name, choices=modes, required=False)

    def item_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of the items by category, for the template."""
        groups: dict[str, list[forms.BoundField]] = {}
        for item in self.items:
            groups.setdefault(item.category, []).append(self[f"item_{item.code}"])
        return list(groups.items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for low, high in (
            ("min_amount_wan", "max_amount_wan"),
            ("min_term_months", "max_term_months"),
            ("min_rate_percent", "max_rate_percent"),
        ):
            if cleaned.get(low) is not None and cleaned.get(high) is not None and cleaned[low] > cleaned[high]:
                self.add_error(high, gettext("不能小于对应的最低值。"))
        both = set(cleaned.get("industry", [])) & set(cleaned.get("industry_excluded", []))
        if both:
            names = "、".join(industries.name_of(code) for code in sorted(both))
            self.add_error("industry_excluded", gettext("%(names)s 已列为支持行业，不能同时排除。") % {"names": names})
        try:
            cleaned["criteria"] = clean_criteria(self._criteria(cleaned))
        except CriteriaError as error:
            raise ValidationError(str(error)) from error
        return cleaned

    def _criteria(self, cleaned: dict[str, Any]) -> list[dict[str, object]]:
        typed = {kind: cleaned.get(field) for field, kind in AS_TYPED.items()}
        for field, (kind, unit) in IN_UNITS.items():
            typed[kind] = cleaned[field] * unit if cleaned.get(field) else None
        typed |= dict.fromkeys(cleaned.get("exclusions", []), True)
        return [{"kind": kind, "value": value} for kind, value in typed.items() if value]

    def terms(self) -> Terms:
        cleaned = self.cleaned_data
        return Terms(
            summary=cleaned["summary"],
            description=cleaned["description"],
            zone=cleaned["zone"],
            scene=cleaned["scene"],
            min_amount=money.from_wan(cleaned["min_amount_wan"]),
            max_amount=money.from_wan(cleaned["max_amount_wan"]),
            min_term_months=cleaned["min_term_months"],
            max_term_months=cleaned["max_term_months"],
            min_rate=money.rate(cleaned["min_rate_percent"] / 100),
            max_rate=money.rate(cleaned["max_rate_percent"] / 100),
            guarantees=cleaned["guarantees"],
            repayment_methods=cleaned["repayment_methods"],
            criteria=cleaned["criteria"],
            asked_items={
                item.code: cleaned[f"item_{item.code}"] for item in self.items if cleaned[f"item_{item.code}"]
            },
            materials=cleaned["materials"],
        )


class DraftForm(TermsForm):
    """A new product: its lasting name, and the terms of its first version."""

    name = forms.CharField(label=_("产品名称"), max_length=60)
    field_order = ["name"]


def initial_of(version: ProductVersion) -> dict[str, Any]:
    """What the form shows when a version's terms are changed."""
    stored: dict[str, Any] = {str(entry["kind"]): entry["value"] for entry in version.criteria}
    shown: dict[str, Any] = {field: stored[kind] for field, kind in AS_TYPED.items() if kind in stored}
    for field, (kind, unit) in IN_UNITS.items():
        if kind in stored:
            shown[field] = _plain(Decimal(stored[kind]) / unit)
    shown["exclusions"] = [kind for kind, _label in SWITCHES if kind in stored]
    for name in ("summary", "description", "zone", "scene", "guarantees", "repayment_methods", "materials"):
        shown[name] = getattr(version, name)
    for name in ("min_amount", "max_amount"):
        shown[f"{name}_wan"] = _plain(money.to_wan(getattr(version, name)))
    for name in ("min_rate", "max_rate"):
        shown[f"{name}_percent"] = _plain(getattr(version, name) * 100)
    shown |= {"min_term_months": version.min_term_months, "max_term_months": version.max_term_months}
    return shown | {f"item_{code}": mode for code, mode in version.asked_items.items()}


def _plain(number: Decimal) -> str:
    """Without the zeros that only fill the column."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


class ShelfForm(forms.Form):
    """Facets of the shelf. Whatever is not a sound value narrows nothing."""

    amount = _number(_("金额（万元）"), required=False, min_value=Decimal("0.01"))
    term = forms.IntegerField(label=_("期限（月）"), required=False, min_value=1, max_value=360)
    rate = _number(_("年利率不高于（%）"), required=False, min_value=Decimal(0), max_value=Decimal(36))
    guarantee = _one(_("担保方式"), list(Guarantee.choices), _("不限"))
    region = _one(_("区域"), [*regions.region_choices()], _("不限"))
    industry = _one(_("行业"), [*industries.section_choices()], _("不限"))
    scene = _one(_("场景"), list(Scene.choices), _("不限"))
    institution = forms.ModelChoiceField(
        label=_("机构"), queryset=Institution.objects.none(), required=False, empty_label=_("不限")
    )
    zone = forms.ChoiceField(choices=[("", ""), *Zone.choices], required=False, widget=forms.HiddenInput)
    sort = forms.ChoiceField(
        label=_("排序"),
        choices=[
            ("rate", _("利率从低到高")),
            ("amount", _("额度从高到低")),
            ("term", _("期限从长到短")),
            ("new", _("最新上架")),
        ],
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        institution = self.fields["institution"]
        if isinstance(institution, forms.ModelChoiceField):
            institution.queryset = Institution.objects.admitted().order_by("name")

    def wish(self) -> Wish:
        self.full_clean()
        cleaned = self.cleaned_data if self.is_bound else {}
        rate, amount, institution = cleaned.get("rate"), cleaned.get("amount"), cleaned.get("institution")
        return Wish(
            amount=None if amount is None else money.from_wan(amount),
            term_months=cleaned.get("term"),
            highest_rate=None if rate is None else money.rate(rate / 100),
            guarantee=cleaned.get("guarantee", ""),
            region=cleaned.get("region", ""),
            industry=cleaned.get("industry", ""),
            zone=cleaned.get("zone", ""),
            scene=cleaned.get("scene", ""),
            institution_id=institution.pk if institution else None,
        )
