"""Why a line or a file is refused, and how the department mends it: one table, read by pages, downloads and commands."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Reason:
    text: str | Promise
    mend: str | Promise


_USCC = _("请对照营业执照核对统一社会信用代码后重新报送。")

#: Faults of a line, by the code stored with the reject.
REASONS: dict[str, Reason] = {
    "column_count": Reason(_("列数与表头不符"), _("检查本行是否缺列、多列，或文本中有未加引号的逗号。")),
    "control_characters": Reason(_("含有控制字符或改变文字方向的字符"), _("从原系统重新导出，或删除不可见字符。")),
    "not_json": Reason(_("本行不是有效的 JSON 对象"), _("每行写一个完整的 JSON 对象。")),
    "unknown_key": Reason(_("出现信息项没有的字段"), _("对照目录删除或改正字段名。")),
    "unknown_operation": Reason(_("操作类型无效"), _("操作类型只能是 I（新增）、U（更正）或 D（撤销）。")),
    "required": Reason(_("必填字段为空"), _("补填该字段。")),
    "uscc_length": Reason(_("统一社会信用代码不是 18 位"), _USCC),
    "uscc_character": Reason(_("统一社会信用代码含有不允许的字符"), _("代码不使用字母 I、O、S、V、Z。")),
    "uscc_region": Reason(_("统一社会信用代码第 3 至 8 位不是数字"), _USCC),
    "uscc_organisation_check": Reason(_("统一社会信用代码第 17 位（主体标识校验位）不符"), _USCC),
    "uscc_check": Reason(_("统一社会信用代码第 18 位（校验位）不符"), _USCC),
    "unknown_firm": Reason(_("登记库中没有该市场主体"), _("先核对代码；确为新设主体的，待登记信息入库后再报送。")),
    "not_a_number": Reason(_("不是数字"), _("只写数字和小数点，不写千分位、单位和货币符号。")),
    "number_size": Reason(_("数字位数或小数位数超出规定"), _("按目录规定的单位和小数位数填写。")),
    "negative": Reason(_("不允许为负数"), _("核对正负号。")),
    "out_of_range": Reason(_("数值超出允许范围"), _("对照目录说明的范围与单位核对。")),
    "not_a_date": Reason(_("不是有效日期"), _("日期写作 2026-03-01。")),
    "not_a_month": Reason(_("不是有效年月"), _("年月写作 2026-03。")),
    "in_future": Reason(_("日期晚于今天"), _("核对日期；尚未发生的事项不能报送。")),
    "before_founding": Reason(_("日期早于主体成立日期"), _("核对日期和统一社会信用代码是否对应。")),
    "before_other": Reason(_("日期早于本行应在其前的日期"), _("核对起止日期的先后。")),
    "over_other": Reason(_("数值大于本行中应不小于它的另一数值"), _("核对本行两个数值。")),
    "required_here": Reason(_("按本行其他字段的取值，该字段应当填写"), _("补填该字段，或更正相关字段的取值。")),
    "not_in_list": Reason(_("不在允许的取值中"), _("对照目录中的取值清单填写。")),
    "not_yes_or_no": Reason(_("不是“是”或“否”"), _("填写“是”或“否”。")),
    "too_long": Reason(_("文字超出规定长度"), _("缩短到目录规定的长度以内。")),
    "bad_pattern": Reason(_("格式不符"), _("对照目录说明的格式填写。")),
    "not_a_document_number": Reason(_("证件号码格式不符"), _("填写完整的证件号码，不加说明文字。")),
    "not_valid_json": Reason(_("不是有效的 JSON"), _("对照目录说明的格式填写。")),
    "unknown_region": Reason(_("行政区划代码未知"), _("填写宁夏区县的 6 位代码（GB/T 2260）。")),
    "unknown_industry": Reason(_("行业代码未知"), _("填写 GB/T 4754-2017 的 2 至 4 位数字代码。")),
    "duplicate_in_file": Reason(
        _("文件内重复：同一主键已在前面的行出现"), _("只保留一行；需要更正的，以最新内容为准。")
    ),
    "nothing_to_withdraw": Reason(_("没有可撤销的记录"), _("核对主键是否与原报送一致。")),
}


class Unreadable(Exception):
    """The file as a whole cannot be read; ``detail`` says where."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(code)

    def __str__(self) -> str:
        return f"{FILE_REASONS[self.code]}{self.detail}"


#: Faults of a whole file.
FILE_REASONS: dict[str, str | Promise] = {
    "empty": _("文件没有数据行。"),
    "lost": _("存放的文件已丢失，请重新报送。"),
    "no_header": _("文件没有表头，请使用目录页提供的模板。"),
    "unknown_column": _("表头中有信息项没有的列，请对照模板删除或改名："),
    "repeated_column": _("表头中有重复的列："),
    "missing_column": _("表头缺少必填列："),
    "broken_csv": _("文件的引号不成对或结构损坏，请从原系统重新导出。位置："),
    "broken_workbook": _("工作簿无法读取，请用表格软件打开确认并另存为 .xlsx 后重新报送。"),
    "too_many_bad": _("问题行超过上限，整批退回；请按问题清单修改后重新报送。问题行占比："),
}
