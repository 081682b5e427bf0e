"""The component library: everything in it is described, and nothing outside it invents a look."""

import re
from pathlib import Path

import pytest
from django.template import Context, Engine, Template
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
GUIDE = (TEMPLATES / "cotton" / "README.md").read_text(encoding="utf-8")
COMPONENTS = sorted(file.relative_to(TEMPLATES / "cotton") for file in (TEMPLATES / "cotton").rglob("*.html"))
#: Used by the frame only; pages have no business with them.
OF_THE_FRAME = {"skip", "messages", "nav-item", "hero", "how", "zone"}
PAGES = sorted(
    file
    for file in TEMPLATES.rglob("*.html")
    if not {"cotton", "layouts", "allauth", "admin", "unfold", "documents"} & set(file.relative_to(TEMPLATES).parts)
    and file.name != "500.html"  # must stand when nothing else does
)


def tag_of(component: Path) -> str:
    name = str(component.with_suffix("")).replace("/", ".").removesuffix(".index")
    return name.replace("_", "-")


def rendered(source: str, **facts: object) -> str:
    context = Context({"request": RequestFactory().get("/list/?sort=amount&after=9"), **facts})
    return Template(CottonCompiler().process(source), engine=Engine.get_default()).render(context)


@pytest.mark.parametrize("component", COMPONENTS, ids=str)
def test_every_component_is_in_the_guide(component: Path) -> None:
    tag = tag_of(component)

    assert tag in OF_THE_FRAME or f"<c-{tag}" in GUIDE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_no_page_styles_itself(page: Path) -> None:
    source = page.read_text(encoding="utf-8")

    assert not re.search(r'\sstyle="|<style|\son[a-z]+="', source)
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))", source)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_every_chinese_word_of_a_page_can_be_translated(page: Path) -> None:
    source = page.read_text(encoding="utf-8")
    for block in (
        r"\{% comment.*?endcomment %\}",
        r"\{% ?blocktrans(?:late)?\b.*?endblocktrans(?:late)? ?%\}",
        r"\{#.*?#\}",
        r"\{%.*?%\}",
        r"\{\{.*?\}\}",
    ):
        source = re.sub(block, "", source, flags=re.DOTALL)

    assert re.findall(r"[\u4e00-\u9fff]+", source) == []


def test_a_link_to_a_page_that_does_not_exist_is_left_out() -> None:
    assert rendered("<c-nav-item name='no_such_page'>x</c-nav-item>").strip() == ""
    assert 'href="/notices/"' in rendered("<c-nav-item name='public_notices'>x</c-nav-item>")


def test_a_sorted_column_says_so_and_turns_round_on_the_next_click() -> None:
    head = rendered("<c-table.head sort='amount'>金额</c-table.head>")

    assert 'aria-sort="ascending"' in head
    assert 'href="?sort=-amount"' in head


def test_the_pager_keeps_the_query_and_moves_the_key() -> None:
    assert 'href="?sort=amount&amp;after=5"' in rendered("<c-pager next='5' />")


def test_a_state_is_a_colour_a_shape_and_a_word() -> None:
    state = rendered("<c-state tone='late'>逾期 3 天</c-state>")

    assert "st-state-late" in state
    assert "tabler-alert-triangle" in state
    assert "逾期 3 天" in state


def test_text_given_to_a_component_is_escaped() -> None:
    card = rendered("<c-card title='{{ name }}'>{{ name }}</c-card>", name="<b>公司</b>")

    assert "<b>" not in card
    assert "&amp;lt;" not in card


def test_a_form_carries_its_files_when_it_has_any() -> None:
    from portal.pages.samples import SampleForm

    assert 'enctype="multipart/form-data"' in rendered("<c-form :form='form' submit='x' />", form=SampleForm())
