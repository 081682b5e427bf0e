"""Files to and from the treasury (国库): which payments to make, and what became of them. Pure: rows in, bytes out, and back.

Payment file (CSV in UTF-8 with mark, or XLSX), one row a payment, headed:
    序号, 付款流水号, 资金代码, 收款单位, 收款单位代码, 金额（元）, 用途
Return file (CSV in UTF-8 or GB18030, or XLSX), columns by name in any order, others ignored:
    付款流水号, 金额（元）, 结果 (成功 or 失败), 凭证号 (asked for where it succeeded), 退回原因 (where it failed)
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

HEAD: Final = ("序号", "付款流水号", "资金代码", "收款单位", "收款单位代码", "金额（元）", "用途")
RETURN_HEAD: Final = ("付款流水号", "金额（元）", "结果", "凭证号", "退回原因")
OUTCOMES: Final = {"成功": True, "失败": False}
MOST_BYTES: Final = 5 * 2**20
MOST_ROWS: Final = 5000


@dataclass(frozen=True)
class Order:
    """One payment to be made."""

    reference: str
    fund: str
    payee: str
    payee_code: str
    amount: Decimal
    purpose: str


@dataclass(frozen=True)
class Outcome:
    """What the treasury did with one payment."""

    reference: str
    amount: Decimal
    is_paid: bool
    voucher: str = ""
    reason: str = ""


class UnreadableReturn(ValueError):
    """The file is no return file; says in the reader's language in which row and why."""


def payment_csv(orders: Sequence[Order]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    writer.writerows(_cells(number, order) for number, order in enumerate(orders, start=1))
    return text.getvalue().encode("utf-8-sig")


def payment_xlsx(orders: Sequence[Order]) -> bytes:
    """Every cell is text: no program rounds an amount or runs a name."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("拨付清单")
        for row, cells in enumerate([HEAD, *(_cells(n, order) for n, order in enumerate(orders, start=1))]):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    return content.getvalue()


def read_return(content: bytes) -> list[Outcome]:
    """The rows of a return file. Raises UnreadableReturn; a payment stands in it once."""
    if len(content) > MOST_BYTES:
        raise UnreadableReturn("文件超过 5 MB。")
    rows = _workbook(content) if content.startswith(b"PK") else _csv(content)
    head = [cell.strip() for cell in next(rows, [])]
    if missing := [name for name in RETURN_HEAD[:3] if name not in head]:
        raise UnreadableReturn(f"缺少列：{'、'.join(missing)}。")
    found: dict[str, Outcome] = {}
    for number, cells in enumerate(rows, start=2):
        if number > MOST_ROWS:
            raise UnreadableReturn(f"超过 {MOST_ROWS} 行。")
        told = dict(zip(head, (cell.strip() for cell in cells), strict=False))
        if not any(told.values()):
            continue
        outcome = _outcome(told, number)
        if outcome.reference in found:
            raise UnreadableReturn(f"第 {number} 行：付款流水号 {outcome.reference} 重复。")
        found[outcome.reference] = outcome
    return list(found.values())


def _outcome(told: dict[str, str], number: int) -> Outcome:
    said = told.get("结果", "")
    if said not in OUTCOMES:
        raise UnreadableReturn(f"第 {number} 行：结果须为“成功”或“失败”。")
    try:
        amount = Decimal(told.get("金额（元）", "").replace(",", ""))
    except InvalidOperation as error:
        raise UnreadableReturn(f"第 {number} 行：金额不是数字。") from error
    is_paid, voucher = OUTCOMES[said], told.get("凭证号", "")[:60]
    if is_paid and not voucher:
        raise UnreadableReturn(f"第 {number} 行：支付成功须有凭证号。")
    return Outcome(told.get("付款流水号", ""), amount, is_paid, voucher, told.get("退回原因", "")[:200])


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise UnreadableReturn("不是文本文件，请另存为 CSV（UTF-8）或 XLSX。") from error
    return csv.reader(io.StringIO(text, newline=""))


def _workbook(content: bytes) -> Iterator[list[str]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableReturn("工作簿无法打开，请另存为 CSV（UTF-8）或 XLSX。") from error
    return ([_text(cell) for cell in row] for row in sheet.iter_rows())


def _text(cell: object) -> str:
    """A cell as it was typed: a whole number without the fraction a spreadsheet gives it."""
    written = str(cell)
    return written.removesuffix(".0")


def _cells(number: int, order: Order) -> tuple[str, ...]:
    return (
        str(number),
        order.reference,
        order.fund,
        order.payee,
        order.payee_code,
        f"{order.amount:.2f}",
        order.purpose,
    )
