"""The Chinese of every enum member and every error."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from datetime import date

from intake import errors
from intake.models import (
    ChainProblem,
    Channel,
    Event,
    Hold,
    KeyKept,
    MessageKind,
    NoteKind,
    Notice,
    NoticeState,
    Pace,
    Rating,
    Report,
    ReporterKind,
    ReportState,
    Robot,
    Scope,
    Wording,
)
from intake.rules.deadlines import Term, Unit
from intake.rules.devices import Device
from intake.rules.disclosures import Kind
from intake.rules.faults import Fault
from intake.rules.naming import RegionLevel
from intake.rules.replies import Doubt
from intake.rules.routing import AccusedLevel, Route, Why
from intake.rules.workflow import Action, Role, State, Verdict

STATES = {
    State.RECEIVED: "待受理",
    State.REJECTED: "不予受理",
    State.MERGED: "并案",
    State.ASSIGNED: "已转办",
    State.HANDLING: "核查中",
    State.CONCLUDED: "待审结",
    State.CLOSED: "已办结",
    State.TRANSFERRED: "已移送",
}
#: What in a text could tell who wrote it, as said to its writer.
DISCLOSURES = {
    Kind.MAIL: "电子邮箱",
    Kind.IDENTITY: "身份证号",
    Kind.CARD: "银行卡号",
    Kind.PHONE: "电话号码",
    Kind.ACCOUNT: "微信号或 QQ 号",
    Kind.PLATE: "车牌号",
    Kind.BADGE: "工号",
    Kind.ADDRESS: "住址",
    Kind.NAME: "姓名",
    Kind.ALONE: "只有少数人知道的说法",
}
#: What the reporter reads for each state: plain words, no name of an officer.
PUBLIC_STATES = {
    State.RECEIVED: "已收到，工作人员正在核对",
    State.REJECTED: "不属于这里受理的范围，请看下面的说明",
    State.MERGED: "和同类线索合并办理，结果会在这里告诉您",
    State.ASSIGNED: "已受理，转交承办单位",
    State.HANDLING: "承办单位正在核查",
    State.CONCLUDED: "核查完了，正在审核答复",
    State.CLOSED: "已办结，答复在下面",
    State.TRANSFERRED: "已移送有权处理的机关",
}
ACTIONS = {
    Action.ASSIGN: "受理并转办",
    Action.REJECT: "不予受理",
    Action.MERGE: "并入另一条",
    Action.UNMERGE: "拆分",
    Action.TRANSFER: "移送纪检监察",
    Action.SIGN: "签收",
    Action.RETURN: "退回",
    Action.ASK: "问反映人",
    Action.NOTE: "记备注",
    Action.ASK_EXTENSION: "申请延期",
    Action.EXTEND: "批准延期",
    Action.DECLINE_EXTENSION: "不同意延期",
    Action.CONCLUDE: "提交结论",
    Action.APPROVE: "同意办结",
    Action.SEND_BACK: "退回重办",
    Action.SUPERVISE: "督办",
    Action.REPORT_BACK: "答复督办",
    Action.RECUSE: "回避",
    Action.RECUSE_OFFICE: "承办机构回避",
    Action.REOPEN: "重新办理",
}
#: What has happened once an action is taken.
DONE = {
    Action.ASSIGN: "已受理并转办",
    Action.REJECT: "已作不予受理",
    Action.MERGE: "已并入另一条",
    Action.UNMERGE: "已拆分",
    Action.TRANSFER: "已移送纪检监察",
    Action.SIGN: "已签收",
    Action.RETURN: "已退回",
    Action.ASK: "已提问",
    Action.NOTE: "已记下备注",
    Action.ASK_EXTENSION: "已申请延期",
    Action.EXTEND: "已批准延期",
    Action.DECLINE_EXTENSION: "已答复不同意延期",
    Action.CONCLUDE: "已提交结论",
    Action.APPROVE: "已办结",
    Action.SEND_BACK: "已退回重办",
    Action.SUPERVISE: "已发出督办",
    Action.REPORT_BACK: "已答复督办",
    Action.RECUSE: "已声明回避",
    Action.RECUSE_OFFICE: "已收回，承办机构回避",
    Action.REOPEN: "已重新办理",
}
#: What an officer reads whose own step, on another page, is what the clue was moved by.
UNDONE_ELSEWHERE = "您在别的页面已经撤销过，或者又办了一步，没有再撤销"
DONE_ELSEWHERE = "您在别的页面已经办过这一步，请看过最新情况再决定；您填写的内容还在"
#: One key an action, for those who work by keyboard; the page works without.
ACTION_KEYS = {
    Action.ASSIGN: "A", Action.REJECT: "R", Action.MERGE: "M", Action.UNMERGE: "U", Action.TRANSFER: "T", Action.SIGN: "S", Action.RETURN: "R",
    Action.ASK: "Q", Action.NOTE: "N", Action.ASK_EXTENSION: "E", Action.EXTEND: "E", Action.DECLINE_EXTENSION: "L", Action.CONCLUDE: "F", Action.APPROVE: "P",
    Action.SEND_BACK: "B", Action.SUPERVISE: "D", Action.REPORT_BACK: "D", Action.REOPEN: "O",
    Action.RECUSE: "H", Action.RECUSE_OFFICE: "V",
}  # fmt: skip
ROLES = {
    Role.CLERK: "受理员",
    Role.HANDLER: "承办人",
    Role.LEAD: "审核人",
    Role.SUPERVISOR: "督办",
    Role.ADMIN: "系统管理员",
    Role.AUDITOR: "审计员",
}
VERDICTS = {
    Verdict.SUBSTANTIATED: "属实",
    Verdict.PARTLY: "部分属实",
    Verdict.UNSUBSTANTIATED: "不属实",
    Verdict.UNVERIFIABLE: "无法核实",
}
LEVELS = {
    AccusedLevel.VILLAGE: "村、社区",
    AccusedLevel.TOWNSHIP: "乡镇、街道",
    AccusedLevel.COUNTY_DEPT: "县区直部门",
    AccusedLevel.COUNTY: "县（区）委、县（区）政府",
    AccusedLevel.CITY_DEPT: "市直部门",
    AccusedLevel.CITY: "市委、市政府",
    AccusedLevel.PROVINCE_DEPT: "省直部门",
    AccusedLevel.PROVINCE: "省委、省政府",
    AccusedLevel.CENTRAL: "中央单位",
    AccusedLevel.SCHOOL: "学校、幼儿园",
    AccusedLevel.HOSPITAL: "医院、卫生院",
    AccusedLevel.SOE: "国有企业",
    AccusedLevel.UNKNOWN: "说不清",
}
REPORTER_KINDS = {
    ReporterKind.CADRE: "基层干部",
    ReporterKind.COMMUNITY_WORKER: "社区工作者",
    ReporterKind.TEACHER: "教师",
    ReporterKind.MEDIC: "医护人员",
    ReporterKind.BUSINESS: "企业、商户",
    ReporterKind.CITIZEN: "群众",
    ReporterKind.UNSAID: "不说明",
}
CHANNELS = {
    Channel.WEB: "网页",
    Channel.PHONE: "电话",
    Channel.LETTER: "来信",
    Channel.VISIT: "来访",
    Channel.IMPORT: "导入",
}
NOTICE_STATES = {NoticeState.DRAFT: "草稿", NoticeState.PUBLISHED: "征集中", NoticeState.CLOSED: "已结束"}
NOTICE_STEPS = {"publish": "已经发布", "extend": "的截止日期已经延后", "close": "已经结束征集"}
MESSAGES = {
    MessageKind.QUESTION: "工作人员问您",
    MessageKind.REPORTER: "反映人",
    MessageKind.ANSWER: "答复",
    MessageKind.REFERRAL: "说明",
}
WORDINGS = {
    Wording.OWN: "自己的话",
    Wording.COPIED: "被复制的原文",
    Wording.COPY: "和较早的一条相同",
}
NOTES = {
    NoteKind.NOTE: "备注",
    NoteKind.RETURN: "退回理由",
    NoteKind.SEND_BACK: "重办要求",
    NoteKind.EXTEND: "延期理由",
    NoteKind.SUPERVISE: "督办意见",
    NoteKind.REOPEN: "重新办理的理由",
    NoteKind.TRANSFER: "移送说明",
    NoteKind.MERGE: "并案说明",
}
REGION_LEVELS = {
    RegionLevel.PROVINCE: "省（自治区、直辖市）",
    RegionLevel.CITY: "市（州、盟）",
    RegionLevel.COUNTY: "县（市、区、旗）",
    RegionLevel.TOWNSHIP: "乡镇、街道",
}
ABSTAINED = {
    "too_short": "内容太短，判断不了",
    "close": "没有达到自动推荐的标准",
    "unlike": "和见过的线索都不像",
}
#: What is wrong with the audit chain, as `flask audit verify` and the reporter's own check say it.
CHAIN_PROBLEMS = {
    ChainProblem.GAP: "这一条前面少了记录，或者被改过",
    ChainProblem.ENTRY_CHANGED: "这一条记录被改过",
    ChainProblem.HEAD_DIFFERS: "与已经公布的当日存证值不一致",
    ChainProblem.NOT_FILED: "有线索，却没有收到它的记录",
    ChainProblem.CLUE_GONE: "有收到的记录，线索却不见了",
    ChainProblem.TEXT_CHANGED: "线索的内容与提交时不一样",
    ChainProblem.KEY_CHANGED: "数据目录里的 pepper.key 不是收下这些线索时的那个，没有它查询码也打不开：请从备份恢复，没有备份的见手册“丢失密钥”；确实没有换过密钥的，就是最近的线索都被改过",
    ChainProblem.STATE_CHANGED: "线索的办理状态与记录不一致",
    ChainProblem.ILLEGIBLE: "库里有读不出来的日期或记录，线索没有逐条核对完",
}
EVENTS = {
    "filed": "收到线索",
    "triaged": "自动分类",
    "triage_failed": "自动分类没有成功，稍后再试",
    "opened": "打开查看",
    "recused_again": "重新核对回避",
    "held": "先放着，没有进待办",
    "released": "放进待办",
    "reporter_wrote": "反映人补充",
    "file_attached": "收到附件",
    "file_opened": "下载附件",
    "file_infected": "附件没有通过病毒扫描，已隔离",
    "files_deleted": "附件到期删除",
    "reporter_reopened": "反映人请求重新办理",
    "reporter_rated": "反映人评价了答复",
    "resumed": "继续计时",
    "dated": "工作日历公布，补算期限",
    "escalated": "逾期，已告知督办",
    "contact_opened": "查看联系方式",
    "contact_granted": "授权打开联系方式",
    "contact_key_made": "启用联系方式的新密钥",
    "contacts_resealed": "联系方式重新加密",
    "news_sent": "邮件告知反映人有新消息",
    "pepper_replaced": "pepper.key 丢失，认下新的：以前的查询码和线索封签作废",
    "contact_deleted": "删除联系方式",
    "signed_in": "登录",
    "signed_out": "退出登录",
    "provider_linked": "关联统一身份认证",
    "provider_unlinked": "解除统一身份认证的关联",
    "factor_changed": "修改登录验证码的设置",
    "factor_reset": "重置登录验证码",
    "password_reset": "重置密码",
    "recovery_code_used": "使用恢复码登录",
    "password_changed": "修改密码",
    "office_changed": "修改机构",
    "officer_created": "新建账号",
    "officer_changed": "修改人员",
    "delegated": "委托代行",
    "handed_over": "离岗交接",
    "notifications_changed": "修改提醒方式",
    "webhook_changed": "修改群机器人",
    "system_changed": "修改外部系统的令牌",
    "provision_judged": "核对条款",
    "import_begun": "上传表格",
    "import_finished": "导入表格",
    "notice_changed": "修改公告",
    "routing_changed": "修改转办规则",
    "model_changed": "更换分类模型",
    "template_changed": "修改回复模板",
    "report_drafted": "生成月报草稿",
    "report_issued": "签发月报",
    "report_corrected": "更正月报",
    "undo": "撤销上一步",
} | {action.value: name for action, name in ACTIONS.items()}

#: What it is called when something was opened, or closed.
_SWITCHED = {
    "officer_changed": ("启用账号", "停用账号"),
    "office_changed": ("启用机构", "停用机构"),
    "webhook_changed": ("启用群机器人", "停用群机器人"),
    "system_changed": ("发出外部系统的令牌", "吊销外部系统的令牌"),
}
#: Keys of audit entries that name a person or an office by the id, then those that are said as they are.
OF_OFFICERS = ("officer", "to", "behalf", "recused_officer")
OF_OFFICES = ("office", "recused_office", "returned_by")
_SAID = {
    "number": "编号", "report": "月报", "revision": "第几次更正", "notice": "公告", "rule": "规则", "webhook": "机器人",
    "system": "系统", "template": "模板", "batch": "导入", "model": "模型", "since": "从", "until": "到", "closes_on": "截止",
    "days": "天数", "count": "数量", "rows": "行数", "taken": "收下", "refused": "退回",
}  # fmt: skip

TERMS = {
    Term.TRIAGE: "受理期限", Term.OBJECTION: "签收或退回的期限", Term.HANDLING: "办理期限", Term.EXTENSION: "延期",
}  # fmt: skip
UNITS = {Unit.WORKING_DAYS: "个工作日", Unit.DAYS: "天"}
RATINGS = {Rating.SOLVED: "解决了", Rating.PARTLY: "解决了一部分", Rating.UNSOLVED: "没有解决"}

#: Beside an office to which a clue would go.
UNSTAFFED = "（还没有人能登录，转过去没有人办）"
OFFICE_CLOSED = "（已停用，请另选）"
#: What the reporters of a transferred clue read.
MOVED_ON = "您反映的事已经移送有权处理的机关，由该机关依规处理，这里不再另行答复。"
#: What reporters read when the handling takes longer.
LONGER = "办理期限延长了 {days} 天，理由：{why}"
#: What reporters read when a clue that was over is taken up again, by the state it was in.
TAKEN_UP = {
    State.REJECTED: "这条线索重新受理了，前面请您到别处反映的说明不用再理会，结果会写在这里。",
    State.CLOSED: "这条线索重新办理了，新的答复会写在这里。",
    State.TRANSFERRED: "前面说的移送没有办成，这条线索重新受理了，结果会写在这里。",
}
#: What reporters read when a step that they were told of is taken back.
WITHDRAWN = {
    Action.REJECT: "前面这条说明发错了，已经撤回，请不用理会。您的线索还在受理中，结果会写在这里。",
    Action.EXTEND: "前面说的延长已经撤回，请不用理会，仍按原来的期限办理。",
}

#: What an officer is told of, in a mail or by a robot.
TOLD = {
    Event.ARRIVED: "新到待办",
    Event.SUPERVISED: "被督办",
    Event.OVERDUE: "已经逾期",
    Event.DUE_SOON: "快要到期",
    Event.ANSWERED: "反映人有补充",
    Event.CHANGED: "状态有变动",
    Event.TEST: "这是一条测试提醒，收到说明设置正确",
}
PACES = {Pace.AT_ONCE: "马上", Pace.DAILY: "每天汇总一次", Pace.NEVER: "不提醒"}
ROBOTS = {Robot.WECOM: "企业微信", Robot.DINGTALK: "钉钉", Robot.FEISHU: "飞书", Robot.PROGRAM: "程序"}
DELIVERY_PROBLEMS = {
    "": "正常",
    "unreachable": "连接不上服务器，稍后再试",
    "refused": "对方没有接受：请核对地址、密钥和机器人的安全设置",
    "sign_in": "邮件服务器不接受账号或密码，请管理员核对",
    "no_address": "没有邮箱地址，没有发送",
    "key_gone": "密钥换过，地址打不开：请管理员核对密钥；机器人可以删掉重新登记",
    "fault": "程序出错，没有发出，稍后再试：请管理员查看日志",
    "blocked": "地址指向内部网络，没有发送",
}

#: Why nobody signed in through the identity provider, and what to do.
_ASK_ADMIN = "请重新登录；还不行，请告诉系统管理员"
PROVIDER_PROBLEMS = {
    "unreachable": "统一身份认证现在连不上，请过几分钟再试，或者用登录名和密码登录",
    "busy": "统一身份认证现在很慢，请过一分钟再试，或者用登录名和密码登录",
    "metadata": "统一身份认证的设置不对，请系统管理员运行 flask check-oidc 核对；您可以先用登录名和密码登录",
    "state": "这次登录不是从本页开始的，或者同时开了几个登录页，请从这里重新登录",
    "expired": "登录时间太长，已经失效，请重新登录",
    "denied": "您在统一身份认证里取消了登录，或者平台不允许您使用本系统",
    "provider_error": f"统一身份认证没有完成登录，{_ASK_ADMIN}",
    "code": f"统一身份认证不承认这次登录，可能已经用过或失效了，{_ASK_ADMIN}",
    "issuer": f"登录结果不是由设定的统一身份认证签发的，没有登录。{_ASK_ADMIN}",
    "audience": f"登录结果是发给别的系统的，没有登录。{_ASK_ADMIN}",
    "nonce": f"登录结果不是这一次的，没有登录。{_ASK_ADMIN}",
    "signature": f"登录结果的签名不对，没有登录。{_ASK_ADMIN}",
    "token_expired": f"登录结果已经过期，没有登录。{_ASK_ADMIN}；管理员请核对服务器时间",
    "token": f"登录结果不完整，没有登录。{_ASK_ADMIN}",
    "unknown": "您的统一身份认证没有关联到能用的账号。请先用登录名和密码登录，在“我的账号”里关联，或请系统管理员关联",
    "link_taken": "您刚才登录的统一身份认证已经关联了别的账号，没有关联。请核对登录的是不是本人",
    "link_lost": "关联要在刚才登录的账号里完成，请重新登录后再关联",
    "only": "您的岗位只能用统一身份认证登录。还没有关联的，请系统管理员在“人员”页关联",
}

#: Why, for the operator who runs `flask check-oidc`.
PROVIDER_CAUSES = {
    "no_answer": "{url} 连不上：{error}",
    "status": "{url} 回答 {status}，请核对 SONGBANG_OIDC_ISSUER 的路径",
    "no_json": "{url} 回答的不是平台的公开设置（JSON），请核对 SONGBANG_OIDC_ISSUER",
    "other_issuer": "平台说自己的签发地址是 {said}，和 SONGBANG_OIDC_ISSUER 不一样；请照平台说的写，末尾有没有“/”也要一致",
    "not_announced": "平台的公开设置里没有 {name}",
    "elsewhere": "平台的接口 {url} 在别的主机上，请把 {origin} 写进 SONGBANG_OIDC_ORIGINS",
    "no_keys": "{url} 没有能用的公钥（RSA 或 EC）",
}

ARCHIVE_PROBLEMS = {
    "no_key": "还没有备份公钥，请先运行 flask backup-key 私钥文件",
    "exists": "这个文件已经有了，不会覆盖；请换一个文件名",
    "key_exists": "备份公钥已经有了（数据目录里的 backup.pub）；确要换一对，请先把它移走",
    "no_schema": "数据库还是空的，没有可以备份的内容；请先运行 flask init",
    "damaged": "备份文件不完整或被改动过，请换一份备份",
    "wrong_key": "这把私钥打不开这份备份，请核对是不是生成备份时的那一对",
    "newer": "备份是用更新的版本做的，请先升级程序再恢复",
    "not_empty": "目标里已经有数据，只能恢复或复制到空的地方",
    "bucket_in_use": "SONGBANG_S3_BUCKET 写的桶里已经有文件。恢复出来的网站会删掉桶里自己不认识的文件：演练请先把桶复制一份，改成复制的那个；确定要用这个桶，加上 --into-bucket",
    "differs": "写进去的内容与来源核对不一致，已经全部撤销，请检查磁盘和数据库后重做",
}

SCOPES = {
    Scope.FILE: "提交线索",
    Scope.FOLLOW: "凭查询码看进展、补充",
    Scope.READ: "取回本机构的线索",
    Scope.REPORT: "回报办理情况",
}

#: What `flask check` says: {where} is a table, an entry or a year, {count} the number of rows.
FAULTS = {
    Fault.SCHEMA: "数据库版本是 {where}，与程序不一致：请运行 flask upgrade",
    Fault.CHAIN: "审计链在第 {where} 条处不对：请运行 flask audit verify 查看原因，并按手册“审计链对不上”处理",
    Fault.REFERENCE: "{where} 有 {count} 行指向不存在的记录：请用最近的备份核对",
    Fault.RULE: "有 {count} 行违反数据库规则 {where}：请用最近的备份核对",
    Fault.ATTACHMENT: "附件 {where} 缺失或内容与入库时不同：请从备份取回",
    Fault.INDEX: "有 {count} 条线索搜索不到：请运行 flask mend 补建索引",
    Fault.COUNTER: "{where} 的线索编号计数比已用的编号小，新线索会编不上号：请运行 flask mend",
    Fault.KEY: "{where} 里的密文用现在的密钥打不开：密钥换过或丢了，请按手册“密钥丢失”处理",
    Fault.PUBLIC_KEY: "加密联系方式的公钥（第 {where} 把）不是审计日志记下的那一把，可能被人换过：请先停对外服务，按手册“泄露”处理",
    Fault.ILLEGIBLE: "{where} 里有读不出来的内容：请用最近的备份核对",
    Fault.MODEL: "分类模型用不了（{where}）：请运行 flask train",
    Fault.CALENDAR: "{where} 年的节假日安排没有装入：请按手册“工作日历”补充",
}

LIMIT_UNITS = {"characters": "字", "count": "", "hours": "小时", "days": "天", "months": "个月"}
CERTAINTIES = {"read": "已核对原文", "partly": "部分核对，条号或措辞为转述", "inferred": "由别的文件推断，未见原文"}

#: Why an officer may open contact data; the choice is audited, so it is a code and not free text.
CONTACT_REASONS = {"verify": "向反映人核实情况", "inform": "告知受理或办理结果", "protect": "反映人要求保护或回避"}

#: What a passage of a reply is held back for, and what to do about it.
DOUBTS = {
    Doubt.PHONE: "有手机号码：请确认不是反映人的，也不会让人认出反映人",
    Doubt.ID_NUMBER: "有像身份证号的数字：请删去",
    Doubt.NAME: "有像姓名的称呼：答复里不要出现反映人的姓名",
    Doubt.BLANK: "模板里的【】还没有填",
    Doubt.UNCHANGED: "和模板一字不差：请补上这件事的具体情况",
    Doubt.AGAIN: "和上次提交、被退回的一样：确定原样提交吗",
    Doubt.PROMISE: "有承诺，没有日期：请写明哪一天前做到",
}

#: One word for where an officer is signed in.
DEVICES = {
    Device.PHONE: "手机",
    Device.TABLET: "平板",
    Device.WINDOWS: "Windows 电脑",
    Device.MAC: "苹果电脑",
    Device.LINUX: "Linux 电脑",
    Device.OTHER: "其他设备",
}

PROBLEMS = {
    "gone": "已经不在您的范围内",
    "filters_full": "最多保存 12 组，请先删去不用的",
    "filter_name_taken": "这个名称已经用过，请换一个",
    "nothing_to_keep": "现在没有筛选条件，请先筛选再保存",
    "needed": "请填写这一项",
    "choose_account": "请填写一个启用中的受理员、承办人、审核人或督办账号的登录名",
    "choose_scopes": "请至少选一项权限",
    "token_term": "请填今天以后、两年以内的日期",
    "key_used_otherwise": "这个 Idempotency-Key 已经用于另一个请求，请换一个新的",
    "unknown_region": "请从列表里选择地区",
    "choose_category": "请选择类别",
    "choose_office": "请选择承办机构：按规则找不到，需要您指定",
    "office_closed": "请另选承办机构：按规则定的机构已停用，不再收新线索",
    "out_of_scope_is_rejected": "“不属受理范围”请用“不予受理”，并告诉反映人应当找谁",
    "returned_before": "这个机构已经退回过这条线索。请另选机构；确实要再转给它，请勾选“仍然转给退回过的机构”",
    "slug_taken": "这个短网址已经被别的公告用了，请换一个",
    "day_not_come": "这个日期还没有到，请填已经发生的日期",
    "day_has_passed": "截止日期已经过去，请先改成以后的日期",
    "later_day_needed": "请选一个比原来截止日期更晚、今天以后的日期",
    "not_your_region": "请在您负责的地区里选择",
    "no_such_office": "这个地区没有这个机构，请换一个，或请管理员开设",
    "unknown_category": "有类别代码不认识：请用右边列表里的两位数字",
    "choose_whom": "请选择由谁回避",
    "nobody_above": "上面没有别的受理机构可以接手，请联系系统管理员开设",
    "choose_remit": "请选择由哪个职能主办",
    "choose_other_remits": "会办的职能不能和主办相同",
    "rule_in_the_past": "请填今天或以后的日期：规则只管以后的转办，过去已经转办的不会改变",
    "long_delegation": "超过一年了，请核对日期；确实要这么久，请勾选“确定代行一年以上”",
    "rule_begins_later": "同样范围的规则在这一天或以后才开始，请先结束它，或者选更晚的日期",
    "robot_address": "地址不对：请从群机器人设置里完整复制 Webhook 地址，并选对是哪一家的；程序的地址以 https:// 开头",
    "choose_colleague": "请在本机构的同事里选择",
    "file_empty": "这个文件是空的，请重新选择",
    "file_too_large": "文件太大：最多 20 MB，请分几次导入",
    "file_unreadable": "这个文件读不懂。请用 XLSX 或 CSV；旧的 XLS 请先另存为 XLSX",
    "too_many_columns": "列太多：最多 200 列，请删去用不到的",
    "too_many_rows": "行太多：导入一次最多 5000 行，筛查最多 20000 行，请分几次",
    "no_rows": "没有找到内容：第一行应当是列名，下面至少一行",
    "choose_column": "请选择哪一列是反映的内容",
    "text_too_short": "内容是空的或者太短",
    "text_too_long": "内容超过一万字",
    "imported_before": "这个编号已经导入过",
    "number_rounded": "编号被 Excel 改成了科学计数，请把这一列设为文本再导出",
    "place_unknown": "找不到这个地区，或者不在本机构的范围内",
    "unknown_provision": "没有这一条",
    "target_recused": "那条线索的承办机构不能知道这条线索，请不要并入，单独办理",
    "no_such_clue": "没有找到这个编号的线索，请核对，例如 2026-11-0001",
    "not_a_target": "请填写另一条在办线索的编号，例如 2026-11-0001",
    "recused_in_report": "这个月的数字里有您应当回避的线索，请由本机构其他督办生成、签发或更正",
    "month_not_over": "这个月还没有过完，过完才能生成月报",
    "nothing_to_correct": "按现在的数据重新统计，和已经签发的数字完全一样，不需要更正",
    "unknown_month": "请选择一个已经开始的月份",
    "wrong_password": "原密码不对",
    "subject_taken": "这个标识已经关联了别的账号，请核对",
    "unfit_subject": "标识是平台里这个人的 sub：1 到 255 个字母、数字或符号，没有空格，请从平台复制",
    "wrong_factor": "验证码不对或已经用过。请等手机上换一个新的 6 位数字再填，并核对手机的时间；也可以填一个恢复码",
    "wrong_first_code": "这个数字不对。请填手机上现在显示的 6 位数字，并核对手机的时间是否准确",
    "password_differs": "密码不对，请核对大小写",
    "password_length": "新密码请用 12 到 128 个字符",
    "password_weak": "这个密码容易被猜到，请换一个更长、不常见的",
    "unfit_username": "登录名请用 1 到 60 个字符，不要有空格",
    "username_taken": "这个登录名已经有人用了，请换一个",
    "key_not_here": "打开联系方式的密钥不在这台服务器上：请管理员核对 SONGBANG_CONTACT_KEY_FILE",
    "key_not_granted": "您还没有打开联系方式的授权：请本机构已经授权的同事在“联系方式授权”页给您授权，或请管理员用 flask keys grant 授权",
    "key_is_old": "这份联系方式还是旧的加密方式：请管理员运行 flask keys reseal",
    "key_is_another": "这不是现在使用的密钥，请核对",
    "old_key_gone": "有旧的加密方式的联系方式，但数据目录里没有 contact.key：请从备份恢复",
    "signs_in_first": "这个账号还没有自己的密钥：请他先登录一次，再授权；账号要启用，岗位是承办人或审核人",
    "no_discipline_left": "从这一级到省里的纪检监察机关都是被反映单位、属于它，或者已停用，这里移送不了。请打印线索，按规定报上一级机关",
    "number_for_code": "这是编号，不是查询码。查询码是回执上编号下面那 4 组、每组 5 个字母和数字，请填查询码",
    "code_length": "查询码是 4 组、每组 5 个字符，请核对有没有漏字或多字",
}
HOLDS = {
    Hold.SAME: "同样的文字收到很多份",
    Hold.MANY: "同一来源一小时内提交特别多",
    Hold.FLOOD: "短时间收到特别多",
    Hold.ROBOT: "像是程序自动填的",
}
#: How a letter of the query code is said on the telephone.
SPELLING = {
    "A": "安徽的 A", "B": "北京的 B", "C": "成都的 C", "D": "大连的 D", "E": "鄂州的 E", "F": "福州的 F", "G": "广州的 G",
    "H": "杭州的 H", "J": "济南的 J", "K": "昆明的 K", "M": "绵阳的 M", "N": "南京的 N", "P": "莆田的 P", "Q": "青岛的 Q",
    "R": "日照的 R", "S": "上海的 S", "T": "天津的 T", "U": "U 盘的 U", "V": "两撇尖朝下的 V", "W": "武汉的 W",
    "X": "西安的 X", "Y": "扬州的 Y", "Z": "郑州的 Z",
}  # fmt: skip


def aloud(group: str) -> str:
    """A group of a query code as it is read out: letters by a city, digits as they are."""
    return "、".join(SPELLING.get(character, character) for character in group)


def notice_state(notice: Notice, today: date) -> str:
    """How a notice stands on a day, in a word."""
    if notice.state is NoticeState.PUBLISHED and today < notice.opens_on:
        return "未开始"
    if notice.state is NoticeState.PUBLISHED and notice.closes_on < today:
        return "已到期"
    return NOTICE_STATES[notice.state]


def report_number(report: Report) -> str:
    """The number under which a report was issued."""
    return f"减负月报〔{report.year}〕{report.number}号"


def report_name(month: date, report: Report | None) -> str:
    """What the file of a report is called: its number, or its month and that it is not issued."""
    if report is not None and report.state is ReportState.ISSUED:
        return report_number(report)
    return f"减负月报{month.year}年{month.month}月（{'草稿' if report else '未签发'}）"


def issued_already(report: Report, by: str, on: date) -> str:
    """What the second who issues a report reads."""
    return f"这份月报已经由{by}于 {long_date(on)}签发，编号是{report_number(report)}，没有再签发一次"


_SENTENCES = {
    errors.Forbidden: "您的岗位不能做这一步",
    errors.InvalidAction: "现在的状态不能做这一步，请刷新页面再看",
    errors.ThreadOver: "这条线索已经有了结果，不能再补充，刚才写的没有发送。没有解决的，请点“请求重新办理”；有别的情况，请重新写一条",
    errors.StaleClue: "这条线索刚刚被别人处理过，请看过最新情况再决定；您填写的内容还在",
    errors.SameOfficer: "提交结论的人不能自己审结，请由另一位审核人办理",
    errors.OfficeRecused: "这个机构就是被反映单位或者属于它，不能由它办理，请另选",
    errors.TooLate: "已经超过这一步的期限，不能再办",
    errors.NotFound: "没有找到",
}
_NAMED = 20


#: By the problem of a classifier.ModelError.
MODEL_PROBLEMS = {
    "missing": "没有分类模型：请运行 flask train",
    "corrupt": "分类模型用不了，文件已损坏：请换用别的版本（flask models），或运行 flask train",
    "stale": "分类模型用不了，它是按别的语料或软件版本训练的：请运行 flask train",
}

_DISK_PROBLEMS = {
    errno.ENOSPC: "磁盘满了，请腾出空间再做一次",
    errno.EDQUOT: "磁盘配额用完了，请腾出空间再做一次",
    errno.ENOENT: "没有这个文件或文件夹，请核对路径，文件夹要先建好",
    errno.ENOTDIR: "路径不对，请核对",
    errno.EISDIR: "这是文件夹，请写文件名",
    errno.EACCES: "没有权限，请核对文件夹是谁的",
    errno.EPERM: "没有权限，请核对文件夹是谁的",
    errno.EROFS: "这个磁盘只能读，请换一个位置",
    errno.EEXIST: "已经有这个文件，请换一个文件名",
}


def disk_sentence(error: OSError) -> str:
    """What the operator reads where a file could not be read or written."""
    where = f"{error.filename} " if error.filename else "文件"
    return f"{where}读写不了：{_DISK_PROBLEMS.get(error.errno or 0, f'{error.strerror or error}，请检查磁盘')}"


def sentence(error: errors.DomainError) -> str:
    """What a user reads about an error: what happened and what to do, without codes."""
    if isinstance(error, errors.InvalidCode) and error.group:
        return f"第 {error.group} 组不对，请核对这 5 个字符"
    if isinstance(error, errors.ImportedBefore) and error.number:
        return f"{PROBLEMS[error.problem]}，线索编号是 {error.number}"
    if isinstance(error, errors.InvalidInput | errors.KeyAbsent):
        return PROBLEMS[error.problem]
    if isinstance(error, errors.ConfigError):
        return str(error)
    if isinstance(error, errors.CalendarUnpublished):
        return f"{error.year} 年的节假日安排还没有装入，算不出期限；请管理员补充日历后再办"
    if isinstance(error, errors.ArchiveUnusable):
        return ARCHIVE_PROBLEMS[error.problem]
    if isinstance(error, errors.ProviderFailed):
        return PROVIDER_PROBLEMS[error.problem]
    return _SENTENCES[type(error)]


def provider_cause(error: errors.ProviderFailed) -> str:
    """What is wrong with the identity provider, as the operator reads it."""
    return PROVIDER_CAUSES[error.why].format(**error.found) if error.why else PROVIDER_PROBLEMS[error.problem]


_HIGHER = frozenset({AccusedLevel.COUNTY, AccusedLevel.CITY})
_ANSWERS = {"province": "省级", "city": "市级", "county": "县级", "township": "乡镇"}


def explain_route(route: Route, category: str) -> str:
    """One sentence: why this level, why this office, who was passed over."""
    return "；".join(_step(step, route, category) for step in route.steps) + "。"


def _step(step: Why, route: Route, category: str) -> str:
    place = route.place.name if route.place else ""
    level = _ANSWERS[route.place.level.value] if route.place else ""
    return {
        Why.NO_PLACE: "没有写地区，找不到该由谁办，请人工确定",
        Why.NO_RULE: f"“{category}”没有对应的承办规则，由{place}的工作人员人工确定",
        Why.LEVEL: f"被反映的是{LEVELS[route.level]}，由{level}处理，上一级答复"
        if route.level in _HIGHER
        else f"被反映的是{LEVELS[route.level]}，由{level}处理",
        Why.LEVEL_UNKNOWN: f"不清楚单位的级别，按所填地区由{place}处理",
        Why.UPWARD: f"被反映的是{LEVELS[route.level]}，本系统之外的上级才能处理，先由{place}的最高一级机制办保管并向上转报",
        Why.OFFICE: f"“{category}”由{route.office}主办",
        Why.RECUSED: f"{'、'.join(route.recused)}就是被反映单位或者包括它，已回避并上移",
        Why.NOT_RECUSED: "该机构与被反映单位不是同一单位，无需回避",
        Why.UNNAMED: "没有写明被反映单位，请看原文说的是不是该机构，是就回避",
        Why.NOBODY: "再往上没有可以承办的机构，请人工确定",
    }[step]


def event(action: str, keys: Mapping[str, object]) -> str:
    """What an entry of the audit log is called."""
    switched = _SWITCHED.get(action)
    if action == "officer_changed" and "role" in keys:  # before accounts had an event of their own
        return EVENTS["officer_created"]
    return switched[not keys["active"]] if switched and "active" in keys else EVENTS[action]


def audited(keys: Mapping[str, object], officers: Mapping[object, str], offices: Mapping[object, str]) -> str:
    """What an entry is about, as far as its keys say: user names, offices, states, dates and numbers."""
    said = [f"交给 {officers[v]}" if k == "to" else f"代 {officers[v]}" if k == "behalf" else officers[v]
            for k, v in keys.items() if k in OF_OFFICERS and v in officers]
    said += [offices[v] for k, v in keys.items() if k in OF_OFFICES and v in offices]
    if keys.get("role") in ROLES:
        said.append(ROLES[Role(str(keys["role"]))])
    if {keys.get("from"), keys.get("to")} <= set(State):
        said.append(f"{STATES[State(str(keys['from']))]} → {STATES[State(str(keys['to']))]}")
    return "，".join(said + [f"{word} {keys[key]}" for key, word in _SAID.items() if key in keys])


def long_date(day: date) -> str:
    """2026 年 11 月 22 日, for sentences."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


KEY_KEPT = {KeyKept.FILE: "私钥在密钥文件里", KeyKept.PASSWORDS: "私钥由已授权人员的密码保管"}


def recovery_key(words: str) -> str:
    """What the operator reads, once, about a private key that is in no file."""
    return (
        "联系方式的密钥（只显示这一次。请抄在纸上，放进保险柜，不要存在这台服务器上；"
        f"没有人有授权时，凭它用 flask keys grant 授权，丢失了就再也打不开）：\n    {words}"
    )


#: What a reporter reads in a mail; a stranger who sees it learns nothing of a clue.
NEWS_TITLE = "您有一条新消息"


def news(site: str) -> str:
    """The whole mail to a reporter: no number, no word of a clue, no query code."""
    return f"您的查询码下有新消息。请打开下面的网址，输入查询码查看：\n{site}/query\n\n这封邮件由系统自动发出，请不要回复。"


def notification(told: Mapping[Event, tuple[str, ...]], site: str) -> str:
    """What officers read in a mail or from a robot: how many of what, the numbers, and where to go; no word of a clue."""
    numbers = {number for found in told.values() for number in found if number}
    page = f"/console/clues/{next(iter(numbers))}" if len(numbers) == 1 else "/console/queue"
    lines = [_told(event, found) for event, found in told.items()]
    return "\n".join([*lines, f"请登录办理：{site}{page}"])


def _told(event: Event, numbers: tuple[str, ...]) -> str:
    if event is Event.TEST:
        return TOLD[event]
    more = " 等" if len(numbers) > _NAMED else ""
    return f"{TOLD[event]} {len(numbers)} 条：{'、'.join(numbers[:_NAMED])}{more}"


def tenths(number: float) -> str:
    """A number of hours or days as it is written: 1234567.5; 20."""
    return f"{number:.1f}".removesuffix(".0")


def burden(times_a_month: int | None, minutes_each: int | None, people: int | None) -> str:
    """What a reporter said of the burden in figures, as much of it as there is."""
    said = (times_a_month and f"每月 {times_a_month} 次", minutes_each and f"每次 {minutes_each} 分钟", people and f"涉及 {people} 人")
    return "，".join(part for part in said if part)
