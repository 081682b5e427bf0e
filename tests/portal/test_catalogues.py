import gettext
import os
from pathlib import Path

from django.utils import translation

from portal import catalogues

WORDS = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Filters"\nmsgstr "筛选"\n'


def catalogue(folder: Path) -> Path:
    source = folder / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(WORDS, encoding="utf-8")
    return source


def test_a_catalogue_is_compiled_once_until_it_changes(tmp_path: Path) -> None:
    source = catalogue(tmp_path)

    assert catalogues.compile_all((tmp_path,)) == 1
    assert catalogues.compile_all((tmp_path,)) == 0
    newer = source.with_suffix(".mo").stat().st_mtime + 1
    os.utime(source, (newer, newer))
    assert catalogues.compile_all((tmp_path,)) == 1


def test_the_compiled_words_are_those_of_the_source(tmp_path: Path) -> None:
    source = catalogue(tmp_path)
    catalogues.compile_all((tmp_path,))

    with source.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Filters") == "筛选"


def test_the_admin_theme_speaks_chinese() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("Type to search") == "输入关键词搜索"
