"""What other systems are told, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

#: What another system is told, by the kind of the problem.
PROBLEMS = {
    "no_token": "请在 Authorization 头里带上 Bearer 令牌；带了的，请核对是否写全、是否过期或已吊销",
    "no_scope": "这个令牌没有这项权限，请系统管理员另发一个",
    "too_often": "调用太频繁，请按 Retry-After 的秒数以后再试",
    "no_json": "请求体要是 JSON，Content-Type 写 application/json",
    "unfit": "有的字段不对，请按 errors 逐项修改",
    "no_key": "请带 Idempotency-Key：1 到 200 个可见的英文字符，同一件事重发时不变",
    "http": "这个请求办不到，请对照接口说明核对地址、方法和大小",
    "unavailable": "数据库现在用不了，什么也没有改动；请过几分钟用同一个 Idempotency-Key 再试",
    "fault": "系统出了问题，请用同一个 Idempotency-Key 再试，不会重复",
}
#: The same for one field, by what pydantic calls it; {…} are the limits it names.
_SHAPES = {
    "missing": "请填写这一项",
    "extra_forbidden": "没有这一项，请去掉",
    "string_type": "应当是文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对，请对照接口说明",
    "int_type": "应当是整数",
    "bool_type": "应当是 true 或 false",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_early": "请核对年份，只受理 1990 年以后的事",
    "no_way": "电话（way）和邮箱（mail）至少填一个",
    "enum": "只能是接口说明列出的值",
    "literal_error": "只能是接口说明列出的值",
    "no_media": "不从别处取图片：请凭查询码另交附件",
}


def shape_problem(kind: str, limits: Mapping[str, object]) -> str:
    """What is wrong with a field that another system sent; one sentence for whatever has none of its own."""
    return _SHAPES.get(kind, "这一项不对，请对照接口说明").format(**limits)


FILES_ELSEWHERE = "附件请放在 {field} 这一项里"
# What Open311 shows of the one service, and says to who files.
SERVICE = "形式主义加重基层负担的线索"
DESCRIPTION = "表格台账、打卡留痕、会议检查、排名通报等形式主义问题。类别和承办机构由这里判定。"
NOTICE = "查询码 {code}，请交给反映人，不要保存：凭它可以看进展、补充、收答复"
PLACE = "地点："
TOO_LONG = "地点写在正文后面，加在一起太长：正文最多 {most} 个字"
KEY = "令牌由系统管理员在后台“外部系统”页发放"
CONTACT = "请联系这个网站的系统管理员"
