"""The English catalogue: every sentence, no more, with the same placeholders."""

import polib
import pytest

from portal import sentences


def catalogue(**entries: str) -> polib.POFile:
    book = polib.POFile()
    book.extend(polib.POEntry(msgid=one, msgstr=said) for one, said in entries.items())
    return book


def test_every_sentence_is_there_in_english() -> None:
    book = polib.pofile(str(sentences.CATALOGUE))

    assert list(sentences.faults(book, sentences.of_the_interface())) == []


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ({}, "not translated: 共 %(n)s 条"),
        ({"共 %(n)s 条": ""}, "not translated: 共 %(n)s 条"),
        ({"共 %(n)s 条": "%(m)s rows"}, "a placeholder that the source has not: 共 %(n)s 条"),
        ({"共 %(n)s 条": "rows"}, "a placeholder is lost: 共 %(n)s 条"),
        ({"共 %(n)s 条": "共 %(n)s"}, "still Chinese: 共 %(n)s 条"),
        ({"共 %(n)s 条": "%(n)s rows", "旧": "old"}, "left over: 旧"),
    ],
)
def test_a_fault_is_named(entries: dict[str, str], fault: str) -> None:
    assert list(sentences.faults(catalogue(**entries), {"共 %(n)s 条": ""})) == [fault]


def test_code_and_templates_give_their_marked_sentences() -> None:
    code = 'a = _("名称")\nb = ngettext("一户", "%(n)s 户", n)\nc = "不译"\n'
    page = '{% load i18n %}{% translate "首页" %}{% blocktranslate with n=x %}第 {{ n }} 页{% endblocktranslate %}'

    assert dict(sentences.of_code(code)) == {"名称": "", "一户": "%(n)s 户"}
    assert dict(sentences.of_template(page)) == {"首页": "", "第 %(n)s 页": ""}


def test_update_adds_what_is_missing_and_drops_what_is_left_over() -> None:
    book = catalogue(旧="old")

    assert sentences.update(book, {"新": ""}) == 1
    assert [entry.msgid for entry in book] == ["新"]
