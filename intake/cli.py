"""The flask commands. Help and output are Chinese: operators read them."""

from __future__ import annotations

import csv
import re
import signal
import sys
import threading
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import Engine

from classifier import ModelError
from classifier.evaluate import Comparison
from intake import access, config, db, jobs, labels, oidc, sealing
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.documents import screened
from intake.errors import ConfigError, DomainError, ProviderFailed
from intake.models import ChainProblem
from intake.rules.naming import parse_regions
from intake.rules.workflow import Role
from intake.services import demo as demonstration
from intake.services import (
    directory,
    duplicates,
    factors,
    identity,
    keys,
    learning,
    proof,
    recusing,
    routes,
    screening,
    setup,
    spreadsheet,
)
from intake.terminal import say, sentences
from intake.tools import DATA, Tools
from intake.upkeep import commands as upkeep

#: Where an address holds a password: redis://user:password@host/, postgresql://host/?user=u&password=p
_BEFORE_HOST = re.compile(r"(://[^:/?#@]*:).*@")
_PARAMETER = re.compile(r"([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE)


def register(app: Flask) -> None:
    """Add every command of this module to `flask`."""
    for command in (
        init,
        upgrade,
        access_table,
        screen,
        serve,
        worker,
        train,
        evaluate,
        create_officer,
        reset_factor,
        reset_password,
        import_regions,
        models,
        demo,
        route,
        show_config,
        check_oidc,
        recluster,
        recuse,
        audit_group,
        *upkeep.COMMANDS,
    ):
        app.cli.add_command(command)


@click.command("init", help="建库、装入区划和规则、开设机构、训练模型、建立首批账号；做过的步骤不会重做")
@click.option("--region", "regions", multiple=True, help="开设机构的地区代码，例如 3211；可以写多次，下级一并开设")
@click.option("--new-pepper", is_flag=True, help="pepper.key 丢了，也没有备份：认下现在的这个，以前的查询码从此打不开")
@with_appcontext
def init(regions: tuple[str, ...], new_pepper: bool) -> None:
    if new_pepper:
        with sentences(), transaction(engine()) as session:
            proof.accept_key(session, tools=tools())
    prepare(engine(), tools(), tuple(full_code(code) for code in regions))


@click.command("upgrade", help="把数据库升级到当前版本")
@with_appcontext
def upgrade() -> None:
    with sentences(), db.alone(engine()):
        db.upgrade(engine())
        with transaction(engine()) as session:
            private = keys.ensure(session, tools=tools())
    if private:
        say(labels.recovery_key(sealing.spoken(private)))
    say("数据库已是当前版本")


@click.command("access", help="打印每个地址各岗位能不能进（docs/access.md 里的表）")
@with_appcontext
def access_table() -> None:
    say(access.as_markdown(current_app.url_map.iter_rules()))


@click.command("serve", help="检查并补齐安装，然后启动网站（Ctrl-C 结束）")
@with_appcontext
def serve() -> None:
    prepare(engine(), tools(), ())
    _serve(current_app._get_current_object(), tools())  # type: ignore[attr-defined]


@click.command("worker", help="后台进程：反复处理还没有分类的线索（Ctrl-C 结束）")
@click.option("--once", is_flag=True, help="处理一遍就退出")
@with_appcontext
def worker(once: bool) -> None:
    if once:
        with sentences():
            say(f"处理了 {jobs.sweep(engine(), tools())} 条")
        return
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        jobs.run(engine(), tools(), stop, lambda done: say(f"处理了 {done} 条") if done else None)
    except KeyboardInterrupt:
        say("已停止")


@click.command("train", help="用语料和已经定类的线索训练候选模型；更好才替换现有模型")
@click.option("--force", is_flag=True, help="不管是否更好都替换")
@with_appcontext
def train(force: bool) -> None:
    with sentences():
        with reading(engine()) as session:
            material = learning.gather(session, tools())
        learning.adopt(tools())
        count = len(material.older) + len(material.latest)
        say(f"用语料和 {count} 条已定类线索（每条权重 {learning.WEIGHT}）训练候选模型……")
        outcome = learning.train_candidate(material, tools())
        if outcome.comparison:
            say(_compared(outcome.comparison))
        if not (force or outcome.better):
            say(f"候选模型 {outcome.version} 没有更好，现有模型不变；要强行替换请用 flask models --use {outcome.version}")
            return
        with transaction(engine()) as session:
            learning.put_in_service(session, outcome.version, tools=tools())
    say(f"候选模型 {outcome.version} 已经投入使用")


@click.command("models", help="列出保存的模型；--use 版本号 换用其中一个")
@click.option("--use", "version", help="换用这个版本")
@with_appcontext
def models(version: str | None) -> None:
    with sentences():
        learning.adopt(tools())
    if version:
        with sentences(), transaction(engine()) as session:
            learning.put_in_service(session, version, tools=tools())
    for model in learning.kept(tools()):
        figures = model.figures
        say(
            f"{'*' if model.serves else ' '} {model.version}  {tools().local(model.trained_at):%Y-%m-%d %H:%M}  准确率 {figures['accuracy']:.1%}  "
            f"不弃权 {figures['coverage']:.1%}  自动转办中正确 {figures['routed_precision']:.1%}"
        )


def _compared(comparison: Comparison) -> str:
    latest = (
        f"最近的 {comparison.latest} 条决定：{comparison.current_latest:.1%} → {comparison.candidate_latest:.1%}"
        if comparison.candidate_latest is not None
        else "没有现有模型未见过的新决定"
    )
    return f"固定折上：{comparison.current_frozen:.1%} → {comparison.candidate_frozen:.1%}；{latest}"


@click.command("evaluate", help="交叉验证当前语料上的分类效果")
@with_appcontext
def evaluate() -> None:
    from classifier.__main__ import main

    sys.exit(main(["evaluate"]))


@click.command("create-officer", help="新建一个账号，打印首次登录的密码")
@click.argument("username")
@click.option("--role", type=click.Choice([r.value for r in Role]), required=True, help="岗位")
@click.option("--region", required=True, help="机构所在地区代码")
@click.option("--remit", default=directory.INTAKE, help="机构职能，例如 cyberspace；默认机制办")
@click.option("--name", default="", help="姓名")
@with_appcontext
def create_officer(username: str, role: str, region: str, remit: str, name: str) -> None:
    with sentences(), transaction(engine()) as session:
        if remit not in (known := directory.remits(session)):
            raise click.BadParameter(f"没有 {remit} 这个职能，可以写：{'、'.join(known)}", param_hint="--remit")
        office = directory.office(session, full_code(region), remit)
        _, password = identity.create_officer(session, username, name or username, Role(role), office, tools=tools())
        say(f"{office.name} {labels.ROLES[Role(role)]} {username}，首次密码 {password}")


@click.command("reset-factor", help="重置一个账号的登录验证码：手机和恢复码都丢了，又没有别的管理员时用")
@click.argument("username")
@with_appcontext
def reset_factor(username: str) -> None:
    with sentences(), transaction(engine()) as session:
        officer = identity.by_username(session, username)
        factors.reset(session, officer.id, by=None, tools=tools())
    say(f"{username} 的登录验证码已经重置，下次登录只问密码")


@click.command("reset-password", help="给忘了密码的账号一个新的首次密码：没有别的管理员时用")
@click.argument("username")
@with_appcontext
def reset_password(username: str) -> None:
    with sentences(), transaction(engine()) as session:
        officer = identity.by_username(session, username)
        _, password = identity.reset_password(session, officer.id, by=None, tools=tools())
    say(f"{username} 的新首次密码 {password}，登录后必须修改；能看联系方式的要重新授权")


@click.command("import-regions", help="装入行政区划；表里已有的不动")
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@with_appcontext
def import_regions(path: Path | None) -> None:
    with sentences(), transaction(engine()) as session:
        new = directory.load_regions(session, path or DATA / "regions.csv")
        say(f"新装入区划 {new} 条，一共 {directory.regions(session)} 条" + ("；网站重启以后，表单上就有了" if new else ""))


@click.command("demo", help="装入演示线索：几个城市、六个月、各种状态")
@with_appcontext
def demo() -> None:
    prepare(engine(), tools(), ())
    with reading(engine()) as session:
        stories = list(demonstration.stories(session))
    new = 0
    for story in stories:
        try:
            with transaction(engine()) as session:
                new += demonstration.tell(session, story, tools=tools()) is not None
        except DomainError as error:
            say(f"第 {story['line'] + 1} 行没有装入：{error}")
    jobs.redraft(engine(), tools())
    say(f"演示线索：新装入 {new} 条，共 {len(stories)} 条")


@click.command("screen", help="筛查一大批来件（XLSX 或 CSV）：候选按把握排，其余随机抽样，结果写成 XLSX")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="结果文件")
@click.option("--column", default="", help="哪一列是内容；不写就按列名猜")
@click.option("--sample", default=screening.SAMPLE, help="从其余中抽多少条")
@click.option("--seed", default=1, help="抽样种子")
@with_appcontext
def screen(path: Path, out: Path, column: str, sample: int, seed: int) -> None:
    with sentences():
        sheet = spreadsheet.read(path.read_bytes(), screening.MOST_ROWS)
        at = sheet.head.index(column) if column in sheet.head else -1 if column else screening.text_column(sheet)
        found = screening.screen(sheet, tools().classifier(), column=at, seed=seed, size=sample)
        names = {r["slug"]: f"{r['code']} {r['name']}" for r in directory.read_rows(DATA / "categories.csv")}
        out.write_bytes(screened.workbook(found, names))
    say(f"{len(found.candidates) + found.rest} 行：候选 {len(found.candidates)} 条，其余 {found.rest} 条中抽查 {len(found.sample)} 条，写到 {out}")


@click.command("route", help="按规则给表里每一行找承办机构（列：category, region, level, accused），结果写到标准输出")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def route(path: Path) -> None:
    with (DATA / "regions.csv").open(encoding="utf-8") as lines:
        places = parse_regions(lines)
    with sentences():
        sheet = spreadsheet.read(path.read_bytes(), screening.MOST_ROWS)
    if missing := [name for name in routes.COLUMNS if name not in sheet.head]:
        sys.exit(f"表里缺少这几列：{'、'.join(missing)}（第一行是列名）")
    head = dict.fromkeys((*sheet.head, "region_given", "office", "remit", "reason"))
    writer = csv.DictWriter(sys.stdout, list(head), lineterminator="\n")
    writer.writeheader()
    names = {r["slug"]: r["name"] for r in directory.read_rows(DATA / "categories.csv")}
    rows = (dict(zip(sheet.head, row, strict=True)) for row in sheet.rows if any(row))
    writer.writerows(routes.route_rows(rows, places, directory.seeded_rules(), names))


@click.command("recluster", help="按线索正文重新找相似、重新归组；升级到有“一事多报”的版本以后做一次，可以照常办公")
@with_appcontext
def recluster() -> None:
    last, more = 0, True
    with sentences():
        with transaction(engine()) as session:
            duplicates.forget_all(session)
        while more:
            with transaction(engine()) as session:
                more = bool(found := duplicates.find_again(session, last))
                last = found or last
    say(f"已经重新归组，最后一条线索的序号是 {last}。")


@click.command("recuse", help="按现在认得的单位名称重新核对每条线索该由谁回避；升级以后做一次，可以照常办公")
@with_appcontext
def recuse() -> None:
    after, hidden, lie = 0, 0, list[str]()
    with sentences():
        while True:
            with transaction(engine()) as session:
                found = recusing.renew(session, after, tools=tools())
            if not found.last:
                break
            after, hidden, lie = found.last, hidden + found.hidden, lie + found.lie
    say(f"已经重新核对，{hidden} 条线索多了要回避的机构。")
    if lie:
        say(f"下面的线索在要回避的机构手里，请上级督办或受理员用“承办机构回避”收回：{'、'.join(lie)}")


@click.command("config", help="列出全部设置、现在的值和来历；--table 打印手册里的设置表")
@click.option("--table", is_flag=True, help="只打印名称、默认值和含义")
@with_appcontext
def show_config(table: bool) -> None:
    if table:
        say(config.as_markdown())
        return
    values = tools().settings
    for setting in config.SETTINGS:
        shown = _masked(setting.name, values.text(setting.name))
        say(f"SONGBANG_{setting.name} = {shown or '（空）'}  [{values.sources[setting.name]}]\n    {setting.meaning}")


@click.command("check-oidc", help="核对统一身份认证的设置：打印要登记的回调地址，试着联系平台")
@with_appcontext
def check_oidc() -> None:
    say(f"请在平台登记回调地址 {tools().settings.address}{config.OIDC_ANSWER}")
    with sentences():
        provider = oidc.configured(tools().settings)
    if provider is None:
        say("没有设置 SONGBANG_OIDC_ISSUER，不用统一身份认证")
        return
    try:
        provider.try_out()
    except ProviderFailed as error:
        sys.exit(labels.provider_cause(error))
    say("平台的公开设置和公钥都能取到")


audit_group = AppGroup("audit", help="审计日志")


@audit_group.command("verify", help="核对审计日志有没有被改动")
@with_appcontext
def verify() -> None:
    with sentences(), reading(engine()) as session:
        breaks = list(proof.check(session, tools=tools()))
    for found in breaks:
        say(f"{f'第 {found.entry_id} 条不对：' if found.entry_id else ''}{labels.CHAIN_PROBLEMS[found.problem]}")
    say("审计日志完整" if not breaks else f"发现 {len(breaks)} 处被改动")
    sys.exit(bool(breaks))


def full_code(code: str) -> str:
    """A region code as the tables have it: 3211 → 321100."""
    return code.ljust(6, "0")


def prepare(engine: Engine, tools: Tools, regions: tuple[str, ...]) -> None:
    """Bring an installation to where it can serve, saying what is done; what is there already is left alone.

    Of several processes that start at once one does it; the others find it done.
    """
    with sentences(), db.alone(engine):
        db.upgrade(engine)
        with reading(engine) as session:
            if proof.sealed_otherwise(session, tools=tools):
                raise ConfigError(f"{labels.CHAIN_PROBLEMS[ChainProblem.KEY_CHANGED]}。没有启动")
        with transaction(engine) as session:
            if not setup.has_offices(session):
                say("装入行政区划、类别和转办规则……")
                say(f"    区划 {setup.seed(session)} 条")
            if regions or not setup.has_offices(session):
                say("开设机构……")
                say(f"    新开 {setup.open_regions(session, regions or setup.FIRST_REGIONS)} 个")
        if not _has_model(tools):
            _train(tools)
        with transaction(engine) as session:
            private = keys.ensure(session, tools=tools)
            first = list(setup.first_officers(session, (regions or setup.FIRST_REGIONS)[0], tools=tools))
            if private:
                keys.grant_all(session, private, tools=tools)
        if private:
            say(labels.recovery_key(sealing.spoken(private)))
        if first:
            say("首批账号（密码只显示这一次，首次登录必须修改）：")
        for officer in first:
            say(f"    {labels.ROLES[officer.role]:　<6}{officer.username:<12}{officer.password}  {officer.office}")


def _has_model(tools: Tools) -> bool:
    """Whether the model in service can be used: a missing one, or one of another corpus or library, is trained anew."""
    try:
        tools.classifier()
    except ModelError as error:
        if error.problem == "stale":
            say("分类模型是按别的语料或软件版本训练的，需要重新训练")
        return False
    return True


def _train(tools: Tools) -> None:
    from classifier import train as train_model

    say("训练分类模型，约需一两分钟……")
    tools.model_path.parent.mkdir(parents=True, exist_ok=True)
    model = train_model(out=tools.model_path)
    learning.adopt(tools)
    say(f"    模型 {model.version} 已保存")


def _serve(app: Flask, tools: Tools) -> None:
    from waitress.server import create_server

    settings = tools.settings
    host, port = settings.text("HOST"), settings.number("PORT")
    try:
        server = create_server(
            app, host=host, port=port, threads=settings.number("THREADS"), connection_limit=5000,
            asyncore_use_poll=True, channel_timeout=30, ident=None,
            clear_untrusted_proxy_headers=not settings.number("PROXIES"),  # else ProxyFix has nothing to count
        )  # fmt: skip
    except OSError as error:
        sys.exit(f"端口 {port} 用不了（{error.strerror}）：可能已经在运行；换一个端口请用 SONGBANG_PORT=8001 make run")
    stop = threading.Event()
    threading.Thread(target=_behind, args=(app.extensions["engine"], tools, stop), daemon=True).start()
    for ending in (signal.SIGINT, signal.SIGTERM):  # SIGINT is ignored where a shell started us in the background
        signal.signal(ending, signal.default_int_handler)
    say(f"网站已启动：http://{host}:{port}    工作人员入口：http://{host}:{port}/console/    按 Ctrl-C 结束")
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        server.close()
        say("\n已停止")


def _behind(engine: Engine, tools: Tools, stop: threading.Event) -> None:
    """Beside the web threads: warm the model up, then sweep up what triage left."""
    try:
        tools.classifier().predict("预热")
    except ModelError as error:
        say(f"分类模型用不了（{error}）：线索照常接收，由人工判断")
    if tools.settings.text("TRIAGE") == "inline":
        jobs.run(engine, tools, stop)


def _masked(name: str, value: str) -> str:
    """An address without the passwords before its host and among its parameters; of a secret only that it is there."""
    if name == "OIDC_CLIENT_SECRET" and value:
        return "***"
    return _PARAMETER.sub(r"\1***", _BEFORE_HOST.sub(r"\1***@", value))
