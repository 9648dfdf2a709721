"""Every setting once: its name, type, safe default and meaning.

A value comes from SONGBANG_<NAME> in the environment, else from instance/config.toml, else from the default.
"""

from __future__ import annotations

import os
import pwd
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from intake import disk
from intake.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
#: Keys that never change: codes would not be known again, files would have to be sealed anew one by one.
FIXED_KEYS = ("pepper.key", "attachment.key")
#: Keys that `flask secrets` changes: the newest first in the file, then those that are still good.
CHANGING_KEYS = ("secret.key", "webhook.key", "factor.key")
KEY_BYTES = 32
#: Settings that name a file with a secret, which has to be there from the start.
SECRET_FILES = ("METRICS_TOKEN_FILE", "SMTP_PASSWORD_FILE", "OIDC_CLIENT_SECRET_FILE", "S3_KEY_FILE")
#: Where the identity provider sends the browser back to.
OIDC_ANSWER = "/console/sign-in/provider/answer"


@dataclass(frozen=True)
class Setting:
    """One setting: type of its value, the default, and a Chinese line for `flask config`."""

    name: str
    kind: type
    default: object
    meaning: str


SETTINGS = (
    Setting("INSTANCE", str, str(ROOT / "instance"), "数据目录：密钥、数据库、模型、日志都在这里"),
    Setting("DATABASE_URL", str, "", "数据库地址；空则用数据目录里的 SQLite，也可写 postgresql+psycopg://…"),
    Setting("HOST", str, "127.0.0.1", "监听地址；改为对外地址前必须先配好 HTTPS 代理和 PUBLIC_URL"),
    Setting("PORT", int, 8000, "监听端口"),
    Setting("THREADS", int, 8, "处理请求的线程数"),
    Setting("PUBLIC_URL", str, "", "对外网址（https://…），用于二维码和通知里的链接；空则只能在本机使用"),
    Setting("TRUSTED_HOSTS", str, "", "允许的域名，逗号分隔；空则取 PUBLIC_URL 的域名和本机"),
    Setting("PROXIES", int, 0, "前面有几层自己的反向代理；0 表示不相信任何转发头"),
    Setting("SITE_NAME", str, "基层减负线索直通车", "页头显示的名称"),
    Setting("OPERATOR", str, "", "由谁主办、谁运行：写在首页下方和隐私说明里；空则首页写已开通地方的专班，隐私说明提示尚未填写"),
    Setting("TIMEZONE", str, "Asia/Shanghai", "日期按哪个时区算"),
    Setting("TRIAGE", str, "inline", "inline：收到后马上自动分类；worker：由 flask worker 进程去做"),
    Setting("SWEEP_SECONDS", int, 20, "隔多少秒检查一次还没分类成功的线索"),
    Setting("SESSION_HOURS", int, 8, "工作人员登录后多少小时失效，不管在不在用"),
    Setting("IDLE_MINUTES", int, 60, "工作人员登录后多少分钟不用就失效"),
    Setting("SECOND_FACTOR", str, "optional", "登录时除密码外的验证码：optional 自己决定，required 全体必须设置"),
    Setting("OIDC_ISSUER", str, "", "统一身份认证（OpenID Connect）的签发地址，https:// 开头；空则不用，登录页也不显示"),
    Setting("OIDC_CLIENT_ID", str, "", "在统一身份认证平台登记的客户端编号"),
    Setting("OIDC_CLIENT_SECRET_FILE", str, "", "存放客户端密钥的文件，权限应当是 0600；公开客户端留空"),
    Setting("OIDC_CLIENT_SECRET", str, "", "客户端密钥本身，只在没有文件时用；和上一项只写一个"),
    Setting("OIDC_LABEL", str, "用统一身份认证登录", "登录按钮上的字，例如 用政务统一身份认证登录"),
    Setting("OIDC_SCOPE", str, "openid", "向平台要什么，必须含 openid；不需要姓名、邮箱、手机"),
    Setting("OIDC_ORIGINS", str, "", "平台的其他接口所在的地址（https://主机），逗号分隔；空则只联系签发地址那台"),
    Setting("OIDC_ACR", str, "", "平台返回的 acr 是其中之一，就不再问验证码（登录时也这样要求平台），逗号分隔"),
    Setting("OIDC_AMR", str, "", "平台返回的 amr 含其中之一，就不再问验证码，例如 otp,mfa；两项都空则照常问"),
    Setting("OIDC_ONLY", str, "", "只能用统一身份认证登录的岗位，如 clerk,handler,lead；管理员不能列入，平台坏了要靠他"),
    Setting("LOGIN_PER_MINUTE", int, 10, "同一来源每分钟可以尝试登录几次"),
    Setting("API_PER_MINUTE", int, 300, "一个外部系统每分钟可以调用接口几次"),
    Setting("CODE_MISSES", int, 10, "同一来源一小时内查错几次查询码以后，每次要先等几秒（最多半分钟，不会锁死）"),
    Setting("CODE_MISSES_OF_ALL", int, 500, "所有来源一小时内共查错几次以后，人人都要先等几秒（最多 8 秒）"),
    Setting("FORM_SECONDS", int, 3, "打开表单后至少过几秒才能提交，太快的请他再点一次；0 表示不查"),
    Setting("SOURCE_PER_HOUR", int, 300, "同一来源一小时内提交多少条以后，后面的照收，先放着不进待办"),
    Setting("RUSH_PER_MINUTE", int, 240, "所有来源一分钟内提交多少条以后，要求浏览器做一点计算；没做的照收，先放着"),
    Setting("SAME_TEXTS", int, 5, "同样的文字收到多少份以后，后面的照收，放在一起等人看"),
    Setting("RATE_STORE", str, "memory://", "计数存放处；多进程时用 redis://…，各进程一起计数，并马上叫醒后台进程"),
    Setting("CONTACT_KEY_FILE", str, "", "联系方式的私钥文件，只给后台用，不给公众入口；空则私钥由承办人的密码保管"),
    Setting("CONTACT_DAYS", int, 180, "办结多少天后删除反映人的联系方式"),
    Setting("ATTACHMENT_DAYS", int, 365, "办结多少天后删除附件"),
    Setting("S3_BUCKET", str, "", "附件放在 S3 兼容的对象存储：https://主机/桶名；空则放在数据目录里，多台机器时必须用它"),
    Setting("S3_KEY_FILE", str, "", "存放对象存储密钥的文件，两行：访问密钥、私有密钥；权限应当是 0600"),
    Setting("S3_REGION", str, "us-east-1", "对象存储的区域"),
    Setting("CLAMD", str, "", "病毒扫描：clamd 的套接字路径或 主机:端口；空则不扫描附件"),
    Setting("YELLOW_DAYS", int, 1, "离到期不超过多少天（按工作日算的期限就是多少个工作日）显示黄色，并提醒承办机构"),
    Setting("BLUE_DAYS", int, 7, "离到期不超过多少天（同上）显示蓝色；应当大于 YELLOW_DAYS"),
    Setting("CALENDAR_FILE", str, "", "节假日补充文件（TOML）；空则只用内置日历"),
    Setting("SMTP_HOST", str, "", "发提醒邮件的服务器；空则不发邮件"),
    Setting("SMTP_PORT", int, 587, "邮件服务器的端口"),
    Setting("SMTP_TLS", str, "starttls", "starttls、tls，或 none（只允许本机的邮件服务器）"),
    Setting("SMTP_USER", str, "", "邮件账号；空则不登录"),
    Setting("SMTP_PASSWORD_FILE", str, "", "存放邮件密码的文件，权限应当是 0600"),
    Setting("SMTP_FROM", str, "", "发件地址"),
    Setting("ROBOT_ORIGINS", str, "", "自建的群机器人网关，如 https://robot.example.cn，逗号分隔；不再检查是否在内网"),
    Setting("DIGEST_HOUR", int, 8, "每天几点发汇总提醒（1 到 23）"),
    Setting("METRICS_TOKEN_FILE", str, "", "存放监控口令的文件，权限应当是 0600；空则 /metrics 不开放"),
    Setting("LOG_LEVEL", str, "INFO", "日志级别：DEBUG、INFO、WARNING、ERROR"),
)
#: What 0 turns off.
MAY_BE_ZERO = frozenset({"PROXIES", "FORM_SECONDS"})
BY_NAME = {setting.name: setting for setting in SETTINGS}


def as_markdown() -> str:
    """Every setting with its default and meaning, as the table of the operator's manual."""
    lines = ["| 设置 | 默认值 | 含义 |", "| --- | --- | --- |"]
    for setting in SETTINGS:
        default = "`instance/`" if setting.name == "INSTANCE" else f"`{setting.default}`" if setting.default else "（空）"
        lines.append(f"| `SONGBANG_{setting.name}` | {'`0`' if setting.default == 0 else default} | {setting.meaning} |")
    return "\n".join(lines)


@dataclass(frozen=True)
class Settings:
    """The values in force; attribute access by setting name in lower case, secrets as bytes."""

    values: Mapping[str, object]
    sources: Mapping[str, str]
    pepper: bytes
    attachment_key: bytes
    secret_keys: tuple[bytes, ...]
    webhook_keys: tuple[bytes, ...]
    factor_keys: tuple[bytes, ...]

    def text(self, name: str) -> str:
        return str(self.values[name])

    def number(self, name: str) -> int:
        value = self.values[name]
        assert isinstance(value, int)
        return value

    def listed(self, name: str) -> tuple[str, ...]:
        """What a setting lists, separated by commas."""
        return _listed(self.values[name])

    @property
    def instance(self) -> Path:
        return Path(self.text("INSTANCE"))

    @property
    def database_url(self) -> str:
        return self.text("DATABASE_URL") or f"sqlite:///{self.instance / 'songbang.sqlite3'}"

    @property
    def trusted_hosts(self) -> list[str]:
        """Host names a request may name: the configured ones, the public address, and this machine."""
        public = urlsplit(self.text("PUBLIC_URL")).hostname
        return [*self.listed("TRUSTED_HOSTS"), *([public] if public else []), "127.0.0.1", "localhost"]

    @property
    def robot_origins(self) -> frozenset[str]:
        """Origins of group robots that the operator runs himself."""
        return frozenset(origin.rstrip("/") for origin in self.listed("ROBOT_ORIGINS"))

    @property
    def provider_label(self) -> str:
        """What the button to the identity provider says; empty where there is none."""
        return self.text("OIDC_LABEL") if self.text("OIDC_ISSUER") else ""

    @property
    def address(self) -> str:
        """Where officers reach the application: the public address, or this machine."""
        return self.text("PUBLIC_URL").rstrip("/") or f"http://127.0.0.1:{self.number('PORT')}"

    @property
    def https(self) -> bool:
        return self.text("PUBLIC_URL").startswith("https://")


def load(given: Mapping[str, object] | None = None) -> Settings:
    """The settings in force; `given` (setting name to value) wins over environment and file.

    Makes the instance folder and its secrets (mode 0600) if they are not there.
    Raises ConfigError for an unknown, malformed or unsafe setting, or a folder that cannot be written.
    """
    given = given or {}
    instance = Path(str(given.get("INSTANCE") or os.environ.get("SONGBANG_INSTANCE") or BY_NAME["INSTANCE"].default))
    from_file = _read_file(instance / "config.toml")
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    for setting in SETTINGS:
        raw, sources[setting.name] = _pick(setting, given, from_file)
        values[setting.name] = _convert(setting, raw)
    values["INSTANCE"] = str(instance.resolve())
    _refuse_foreign(instance)
    _refuse_unsafe(values)
    pepper, attachment_key = (read_keys(instance, name)[0] for name in FIXED_KEYS)
    secret_keys, webhook_keys, factor_keys = (read_keys(instance, name) for name in CHANGING_KEYS)
    return Settings(values, sources, pepper, attachment_key, secret_keys, webhook_keys, factor_keys)


def _refuse_foreign(instance: Path) -> None:
    """Root makes no files in a folder of another user, who could not read them."""
    if os.geteuid() == 0 and instance.exists() and (owner := instance.stat().st_uid):
        name = next((user.pw_name for user in pwd.getpwall() if user.pw_uid == owner), f"#{owner}")
        raise ConfigError(f"数据目录 {instance} 属于 {name}，用 root 运行会留下它读不了的文件：请改用 sudo -E -u '{name}' 运行同一条命令")


def _read_file(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # no TOML, or no UTF-8
        raise ConfigError(f"{path.name} 读不懂：{error}") from error
    unknown = [key for key in read if key.upper() not in BY_NAME]
    if unknown:
        raise ConfigError(f"{path.name} 里有不认识的设置：{'、'.join(unknown)}（flask config 列出全部设置）")
    return {key.upper(): value for key, value in read.items()}


def _pick(setting: Setting, given: Mapping[str, object], from_file: Mapping[str, object]) -> tuple[object, str]:
    if setting.name in given:
        return given[setting.name], "given"
    variable = f"SONGBANG_{setting.name}"
    if variable in os.environ:
        return os.environ[variable], variable
    if setting.name in from_file:
        return from_file[setting.name], "config.toml"
    return setting.default, "default"


def _convert(setting: Setting, raw: object) -> object:
    try:
        return setting.kind(raw)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"SONGBANG_{setting.name} 应当是{'整数' if setting.kind is int else '文字'}，不能是 {raw!r}"
        ) from error


def _refuse_unsafe(values: Mapping[str, object]) -> None:
    if not _is_local(values["HOST"]) and not str(values["PUBLIC_URL"]).startswith("https://"):
        raise ConfigError("SONGBANG_HOST 对外可达：请先把 SONGBANG_PUBLIC_URL 设为 https:// 开头的对外网址")
    if values["TRIAGE"] not in {"inline", "worker"}:
        raise ConfigError("SONGBANG_TRIAGE 只能是 inline 或 worker")
    if values["SECOND_FACTOR"] not in {"optional", "required"}:
        raise ConfigError("SONGBANG_SECOND_FACTOR 只能是 optional 或 required")
    if values["LOG_LEVEL"] not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ConfigError("SONGBANG_LOG_LEVEL 只能是 DEBUG、INFO、WARNING 或 ERROR")
    if int(str(values["BLUE_DAYS"])) <= int(str(values["YELLOW_DAYS"])):
        raise ConfigError("SONGBANG_BLUE_DAYS 应当大于 SONGBANG_YELLOW_DAYS")
    if (clamd := str(values["CLAMD"])) and not clamd.startswith("/") and not clamd.rpartition(":")[2].isdigit():
        raise ConfigError("SONGBANG_CLAMD 应当是 /run/clamav/clamd.ctl 这样的路径，或者 主机:端口")
    for name in SECRET_FILES:
        _refuse_unreadable(name, str(values[name]))
    _refuse_unsafe_mail(values)
    _refuse_unsafe_oidc(values)
    key_file = str(values["CONTACT_KEY_FILE"])
    if key_file and Path(key_file).resolve().is_relative_to(str(values["INSTANCE"])):
        raise ConfigError("SONGBANG_CONTACT_KEY_FILE 不能放在数据目录里：备份会把密文和密钥放在一起，请换一个地方")
    for name, value in values.items():
        if isinstance(value, int) and value < (name not in MAY_BE_ZERO):
            raise ConfigError(f"SONGBANG_{name} 至少是 1")


def _refuse_unreadable(name: str, path: str) -> None:
    try:
        if path:
            Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or "不是 UTF-8 的文字"
        raise ConfigError(f"SONGBANG_{name} 写的文件 {path} 读不了（{why}）：请核对路径，文件要让运行本程序的账号读得了") from error


def _refuse_unsafe_mail(values: Mapping[str, object]) -> None:
    if values["SMTP_TLS"] not in {"starttls", "tls", "none"}:
        raise ConfigError("SONGBANG_SMTP_TLS 只能是 starttls、tls 或 none")
    if values["SMTP_TLS"] == "none" and values["SMTP_HOST"] and not _is_local(values["SMTP_HOST"]):
        raise ConfigError("SONGBANG_SMTP_TLS=none 会把邮件明文送出去：只允许本机的邮件服务器")
    if values["SMTP_HOST"] and not values["SMTP_FROM"]:
        raise ConfigError("设置了 SONGBANG_SMTP_HOST，也请设置发件地址 SONGBANG_SMTP_FROM")
    if values["SMTP_USER"] and not values["SMTP_PASSWORD_FILE"]:
        raise ConfigError("设置了 SONGBANG_SMTP_USER，也请把密码写进文件，用 SONGBANG_SMTP_PASSWORD_FILE 指明")
    if int(str(values["DIGEST_HOUR"])) > 23:
        raise ConfigError("SONGBANG_DIGEST_HOUR 只能是 1 到 23")


def _refuse_unsafe_oidc(values: Mapping[str, object]) -> None:
    given = {name: str(values[name]) for name in values if name.startswith("OIDC_")}
    only, origins = _listed(values["OIDC_ONLY"]), _listed(values["OIDC_ORIGINS"])
    if unknown := set(only) - {"clerk", "handler", "lead", "supervisor", "auditor"}:
        raise ConfigError(f"SONGBANG_OIDC_ONLY 不能写 {'、'.join(sorted(unknown))}：只能是 clerk、handler、lead、supervisor、auditor")
    if not given["OIDC_ISSUER"]:
        if only:
            raise ConfigError("设置了 SONGBANG_OIDC_ONLY，也请设置 SONGBANG_OIDC_ISSUER，否则这些岗位登录不了")
        return
    if not all(_is_private(address) for address in (given["OIDC_ISSUER"], *origins)):
        raise ConfigError("SONGBANG_OIDC_ISSUER 和 SONGBANG_OIDC_ORIGINS 要用 https:// 开头的地址")
    if not given["OIDC_CLIENT_ID"]:
        raise ConfigError(
            f"设置了 SONGBANG_OIDC_ISSUER，也请设置 SONGBANG_OIDC_CLIENT_ID：在平台登记时得到，登记的回调地址是对外网址加 {OIDC_ANSWER}"
        )
    if given["OIDC_CLIENT_SECRET"] and given["OIDC_CLIENT_SECRET_FILE"]:
        raise ConfigError("SONGBANG_OIDC_CLIENT_SECRET 和 SONGBANG_OIDC_CLIENT_SECRET_FILE 只写一个")
    if "openid" not in given["OIDC_SCOPE"].split():
        raise ConfigError("SONGBANG_OIDC_SCOPE 必须含 openid")


def _listed(value: object) -> tuple[str, ...]:
    return tuple(one.strip() for one in str(value).split(",") if one.strip())


def _is_private(address: str) -> bool:
    """Whether nobody reads on the way to `address`: HTTPS, or this machine."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and not parts.username and not parts.query and (
            parts.scheme == "https" or (parts.scheme == "http" and _is_local(parts.hostname))
        )
    except ValueError:
        return False


def _is_local(host: object) -> bool:
    return str(host) in {"::1", "localhost"} or str(host).startswith("127.")


def read_keys(instance: Path, name: str) -> tuple[bytes, ...]:
    """The keys in a file of the instance folder, newest first; the file is made (mode 0600) if it is not there.

    Raises ConfigError if it cannot be made or is broken.
    """
    path = instance / name
    try:
        instance.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            disk.write_new(path, [secrets.token_bytes(KEY_BYTES)])
        keys = path.read_bytes()
    except FileExistsError:
        return read_keys(instance, name)
    except OSError as error:
        if path.exists():
            raise ConfigError(f"密钥文件 {path} 读不了（{error.strerror or error}）：它应当属于运行本程序的账号，请用 chown 改过来，不要另建一个") from error
        raise ConfigError(
            f"数据目录 {instance} 不能写入（{error.strerror or error}）：请改权限，或用 SONGBANG_INSTANCE 换一个目录"
        ) from error
    if not keys or len(keys) % KEY_BYTES:
        raise ConfigError(f"{name} 已损坏：请从备份恢复，否则它保护的内容打不开")
    return tuple(keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES))


def write_keys(instance: Path, name: str, keys: Sequence[bytes]) -> None:
    """Put `keys` into a file of the instance folder, all or none of them."""
    disk.write_over(instance / name, keys)
