"""The description of this door (OpenAPI 3.1), made from the addresses, the shapes and the scopes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from intake.access import SYSTEMS
from intake.api.shapes import (
    KEY,
    Assigned,
    Batch,
    Code,
    Done,
    Filed,
    NewClue,
    Page,
    Problem,
    Progress,
    Report,
    Rows,
    Wanted,
    WordsByCode,
)
from intake.services import attachments

_REF = "#/components/schemas/{model}"
_PROBLEMS = {
    "400": "读不懂", "401": "没有令牌，或令牌失效", "403": "令牌没有这项权限，或这个账号不能办", "404": "没有，或不在本机构的范围内",
    "409": "现在不能办", "413": "太大了", "415": "不是 JSON", "422": "有不对的字段", "429": "太频繁", "503": "暂时不能保存",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """What an endpoint takes and gives, None for a file; `keyed` needs an Idempotency-Key."""

    summary: str
    answer: type[BaseModel] | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    keyed: bool = False
    files: bool = False

    @property
    def status(self) -> str:
        return "201" if self.keyed else "200"


_FILES = {
    "type": "object", "required": ["code", "files"],
    "properties": {
        "code": {"type": "string", "maxLength": 100, "description": "反映人的查询码"},
        "files": {"type": "array", "minItems": 1, "maxItems": attachments.MOST, "items": {"type": "string", "contentMediaType": "application/octet-stream"}},
    },
}  # fmt: skip
_A_FILE = {"description": "办成了", "content": {"*/*": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}}}
OPERATIONS: Mapping[str, Operation] = {
    "api.file_clue": Operation("提交一条线索", Filed, NewClue, keyed=True),
    "api.file_batch": Operation("提交一批线索（12345 工单），一次最多 100 条", Rows, Batch, keyed=True),
    "api.attach": Operation("凭查询码交附件，每个 20 MB，一次最多 9 个", Done, keyed=True, files=True),
    "api.follow": Operation("凭查询码看办理情况", Progress, Code),
    "api.add_words": Operation("凭查询码补充，或回答提问", Done, WordsByCode, keyed=True),
    "api.assigned": Operation("本机构的线索，先到期的在前", Page, query=Wanted),
    "api.assigned_clue": Operation("一条线索的全部内容", Assigned),
    "api.assigned_file": Operation("一条线索的一个附件，清洗过的", None),
    "api.report": Operation("签收、退回、提问、延期、结论：回报一步", Done, Report, keyed=True),
}


def describe(rules: Iterable[Rule]) -> dict[str, Any]:
    """The whole description, by the addresses there are."""
    paths: dict[str, Any] = {}
    for rule in sorted(rules, key=lambda one: one.rule):
        if operation := OPERATIONS.get(rule.endpoint):
            method = "post" if "POST" in (rule.methods or ()) else "get"
            path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule)
            paths.setdefault(path, {})[method] = _operation(rule, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "松绑：给其他系统用的接口", "version": "1"},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(rule: Rule, operation: Operation) -> dict[str, Any]:
    scope = SYSTEMS[rule.endpoint].value
    described: dict[str, Any] = {
        "operationId": rule.endpoint.partition(".")[2], "summary": operation.summary, "description": f"权限：{scope}",
        "parameters": [*_in_path(rule), *_in_header(operation), *_in_query(operation)],
        "responses": {operation.status: _holding(operation.answer, "办成了", "application/json") if operation.answer else _A_FILE}
        | {status: _holding(Problem, told, "application/problem+json") for status, told in _PROBLEMS.items()},
    }  # fmt: skip
    if operation.files:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": _FILES}}}
    if operation.body:
        described["requestBody"] = {"required": True} | _content(operation.body, "application/json")
    return described


def _in_path(rule: Rule) -> list[dict[str, Any]]:
    schemas = {name: {"type": "integer", "minimum": 0} if name.endswith("_id") else {"type": "string"} for name in sorted(rule.arguments)}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in schemas.items()]


def _in_header(operation: Operation) -> list[dict[str, Any]]:
    if not operation.keyed:
        return []
    schema = {"type": "string", "pattern": KEY}
    told = "同一件事重发时用同一个值，24 小时内得到同一个答复，不会重复"
    return [{"name": "Idempotency-Key", "in": "header", "required": True, "schema": schema, "description": told}]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    if not operation.query:
        return []
    fields = operation.query.model_json_schema(ref_template=_REF)["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in fields.items()]


def _holding(shape: type[BaseModel], told: str, kind: str) -> dict[str, Any]:
    return {"description": told} | _content(shape, kind)


def _content(shape: type[BaseModel], kind: str) -> dict[str, Any]:
    return {"content": {kind: {"schema": {"$ref": _REF.format(model=shape.__name__)}}}}


def _schemas() -> dict[str, Any]:
    taken = [(one, "validation") for o in OPERATIONS.values() for one in (o.body, o.query) if one]
    given = [(o.answer, "serialization") for o in OPERATIONS.values() if o.answer]
    _, found = models_json_schema([*taken, *given, (Problem, "serialization")], ref_template=_REF)  # type: ignore[arg-type]
    return dict(found["$defs"])


def as_json(rules: Iterable[Rule]) -> str:
    return json.dumps(describe(rules), ensure_ascii=False)
