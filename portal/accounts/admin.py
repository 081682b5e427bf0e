"""The desk of the system administrator: accounts, and who holds which government post."""

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from portal import masks, regions
from portal.accounts import actions, policies
from portal.accounts.fields import e164
from portal.accounts.models import StaffPost, User
from portal.accounts.roles import Permission, StaffRole
from portal.admin_desk import DeskAdmin, button, dialog, person


class AccountForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    full_name = forms.CharField(label=_("姓名"), max_length=50, widget=UnfoldAdminTextInputWidget)
    username = forms.CharField(
        label=_("登录名"),
        max_length=30,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9._-]{2,29}\Z", _("登录名以小写字母开头，由 3 至 30 位小写字母、数字和 . _ - 组成。")
            )
        ],
        widget=UnfoldAdminTextInputWidget,
    )
    email = forms.EmailField(
        label=_("邮箱"),
        max_length=254,
        help_text=_("本人用这个邮箱，从登录页的“忘记密码”设置密码。"),
        widget=UnfoldAdminEmailInputWidget,
    )


class PostForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    role = forms.ChoiceField(label=_("岗位"), choices=StaffRole.choices, widget=UnfoldAdminSelectWidget)
    region_code = forms.ChoiceField(
        label=_("负责区域"),
        choices=[(regions.PROVINCE, regions.name_of(regions.PROVINCE)), *regions.region_choices()],
        widget=UnfoldAdminSelectWidget,
    )
    department = forms.CharField(label=_("部门"), max_length=100, widget=UnfoldAdminTextInputWidget)


def _typed(form: BaseDialogForm) -> dict[str, Any]:
    """What was typed, without the dialog's own marks."""
    return {name: value for name, value in form.cleaned_data.items() if not name.startswith("_")}


@admin.register(User)
class UserAdmin(DeskAdmin):
    """People are found and named; how to reach them stays masked, passwords are nobody's business."""

    view_permission = Permission.STAFF_MANAGE
    list_display: ClassVar[Any] = [
        "name",
        "username",
        "masked_phone",
        "masked_email",
        "is_staff",
        "is_active",
        "last_login",
    ]
    list_filter: ClassVar[Any] = ["is_staff", "is_active"]
    search_fields: ClassVar[Any] = ["full_name", "username", "phone__exact"]
    ordering: ClassVar[Any] = ["-is_staff", "username"]
    fields: ClassVar[Any] = [
        "full_name",
        "username",
        "masked_phone",
        "masked_email",
        "posts_in_force",
        "is_staff",
        "is_active",
        "date_joined",
        "last_login",
    ]
    actions_list: ClassVar[Any] = ["open_account"]
    actions_detail: ClassVar[Any] = ["appoint", "deactivate", "reactivate"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """A phone number may be typed as people write it, but only the whole number finds somebody."""
        number = e164(search_term)
        term = number if number.startswith("+86") else search_term
        found: tuple[QuerySet[User], bool] = super().get_search_results(request, queryset, term)
        return found

    @admin.display(description=_("姓名"), ordering="full_name")
    def name(self, user: User) -> str:
        return str(user)

    @admin.display(description=_("手机号"), empty_value="—")
    def masked_phone(self, user: User) -> str | None:
        return masks.masked(user.phone, "phone") if user.phone else None

    @admin.display(description=_("邮箱"), empty_value="—")
    def masked_email(self, user: User) -> str | None:
        return masks.masked(user.email, "email") if user.email else None

    @admin.display(description=_("政府岗位"), empty_value="—")
    def posts_in_force(self, user: User) -> str | None:
        held = user.posts.filter(ended_at=None).order_by("pk")
        return "；".join(f"{regions.name_of(post.region_code)} {post.get_role_display()}" for post in held) or None

    def has_deactivate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._reaches(request, object_id, is_active=True)

    def has_reactivate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._reaches(request, object_id, is_active=False)

    def has_appoint_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        is_open = User.objects.filter(pk=object_id or 0, is_active=True).exclude(pk=person(request).pk)
        return self.has_view_permission(request) and is_open.exists()

    def _reaches(self, request: HttpRequest, object_id: str | None, *, is_active: bool) -> bool:
        """Whether there is such an account, of somebody else, that this post may close or open."""
        user = User.objects.filter(pk=object_id or 0, is_active=is_active).exclude(pk=person(request).pk).first()
        return user is not None and policies.may_manage(person(request), user)

    @dialog(_("开立政府账户"), AccountForm, icon="person_add", permissions=["view"])
    def open_account(self, request: HttpRequest, form: AccountForm) -> HttpResponse:
        typed = _typed(form)
        return self.perform(
            request,
            f"{reverse('admin:accounts_user_changelist')}?{urlencode({'q': typed['username']})}",
            _("账户已开立。请本人从登录页的“忘记密码”设置密码，并为其任命岗位。"),
            lambda: actions.open_staff_account(by=person(request), at=timezone.now(), **typed),
        )

    @dialog(_("任命岗位"), PostForm, icon="work", permissions=["appoint"])
    def appoint(self, request: HttpRequest, form: PostForm, object_id: int) -> HttpResponse:
        return self._run(request, object_id, _("已任命。"), actions.appoint_staff, **_typed(form))

    @button(_("停用账户"), icon="person_off", permissions=["deactivate"])
    def deactivate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._run(request, object_id, _("账户已停用，其登录已全部退出。"), actions.deactivate)

    @button(_("恢复账户"), icon="person_check", permissions=["reactivate"])
    def reactivate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._run(request, object_id, _("账户已恢复。"), actions.reactivate)

    def _run(
        self, request: HttpRequest, object_id: int, done: str | Promise, act: Callable[..., object], **typed: Any
    ) -> HttpResponse:
        user = get_object_or_404(self.get_queryset(request), pk=object_id)
        return self.perform(
            request,
            reverse("admin:accounts_user_change", args=[object_id]),
            done,
            lambda: act(user=user, by=person(request), at=timezone.now(), **typed),
        )


class InForceFilter(admin.SimpleListFilter):
    """By whether the post is still held."""

    title = _("任职状态")
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("0", _("在任")), ("1", _("已离任"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StaffPost]) -> QuerySet[StaffPost]:
        return queryset.filter(ended_at__isnull=self.value() == "0") if self.value() else queryset


@admin.register(StaffPost)
class StaffPostAdmin(DeskAdmin):
    """Who holds which post; a post is given on the page of the person."""

    view_permission = Permission.STAFF_MANAGE
    list_display: ClassVar[Any] = ["user", "role", "region", "department", "started_at", "ended_at"]
    list_filter: ClassVar[Any] = [InForceFilter, "role"]
    list_select_related: ClassVar[Any] = ["user"]
    search_fields: ClassVar[Any] = ["user__full_name", "user__username", "department"]
    ordering: ClassVar[Any] = ["-started_at", "-pk"]
    actions_detail: ClassVar[Any] = ["end"]

    @admin.display(description=_("负责区域"), ordering="region_code")
    def region(self, post: StaffPost) -> str:
        return regions.name_of(post.region_code)

    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Posts in force, of somebody else, in the region of one's own."""
        by = person(request)
        post = StaffPost.objects.filter(pk=object_id or 0, ended_at=None).exclude(user=by).first()
        return post is not None and policies.may_staff(by, post.region_code)

    @button(_("结束岗位"), icon="person_remove", permissions=["end"])
    def end(self, request: HttpRequest, object_id: int) -> HttpResponse:
        post = get_object_or_404(self.get_queryset(request), pk=object_id)
        return self.perform(
            request,
            reverse("admin:accounts_staffpost_changelist"),
            _("岗位已结束。"),
            lambda: actions.end_staff_post(post=post, by=person(request), at=timezone.now()),
        )
