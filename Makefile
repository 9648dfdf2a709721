# Songbang. `make` lists the targets. Recipes run as one bash script each; what they say to users is Chinese.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test lint audit demo bench pictures
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
PY := .venv/bin/python

help: ## list the targets
	@echo "用法：make <目标>"
	sed -nE 's/^([a-z]+):[^#]*## (.*)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

setup: ## create .venv with the pinned packages; nothing else
	@$(call ensure,requirements.txt)

setup-dev:
	@$(call ensure,requirements-dev.txt)

run: setup ## prepare whatever is missing and serve on http://127.0.0.1:8000 (Ctrl-C ends it)
	@exec $(PY) -m flask --app wsgi serve

demo: setup ## fill the database with demonstration clues
	@exec $(PY) -m flask --app wsgi demo

lint: setup-dev ## ruff, mypy, bandit
	@$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m bandit -q -c pyproject.toml -r intake classifier wsgi.py

audit: setup-dev ## known weaknesses of the pinned packages; fails without the network, which it needs
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT
	$(PY) -m pip_audit --strict --disable-pip --require-hashes -r requirements.txt 2>&1 | tee "$$log" && exit
	grep -qE 'ConnectionError|Timeout|ProxyError|Max retries|ServiceError|not found on PyPI' "$$log" && echo "漏洞库（pypi.org）连不上或不完整，没有核对完：请在能直接上网的机器上再运行一次" >&2
	exit 1

test: setup-dev ## everything: lint, unit, services, web, PostgreSQL, browser
	@$(PY) tests/system.py
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal

bench: setup-dev ## this application beside a bare Flask one, on SQLite and PostgreSQL
	@$(PY) tests/system.py postgresql
	$(PY) -m bench.intake
	$(PY) -m bench.report

pictures: setup-dev ## draw the pictures of the README from the demonstration clues
	@$(PY) tests/system.py chromium font
	$(PY) docs/pictures.py

# $(call ensure,FILE): .venv holds what FILE pins. Costs one checksum when nothing has changed.
define ensure
stamp=.venv/.$(1).sha256
if [ -x $(PY) ] && sha256sum --status --check "$$stamp" 2>/dev/null; then exit 0; fi
$(functions)
$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || make_venv
install_packages $(1)
sha256sum $(1) > "$$stamp"
endef

define functions
log=$$(mktemp)
trap 'rm -f "$$log"' EXIT
trap 'say "已中断；再运行一次同样的命令会接着做完"; exit 130' INT
say() { printf '%s\n' "$$@" >&2; }
stop() { say "" "$$@"; exit 1; }
$(find_python)
$(add_venv_package)
$(make_venv)
$(install_packages)
$(explain)
endef

# The first Python that is new enough, as the file behind its name: an upgrade of the system then shows as a broken link.
define find_python
find_python() {
    local show='import os, sys; print(os.path.realpath(sys.executable) if sys.version_info >= (3, 11) else "")'
    for name in $${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        python=$$("$$name" -c "$$show" 2>/dev/null) && [ "$$python" ] && return
    done
    stop "需要 Python 3.11 或更新的版本，没有找到。" "Debian 12、Ubuntu 24.04 请运行：sudo apt-get install -y python3 python3-venv" \
        "已经装在别处的，请运行：make $(MAKECMDGOALS) PYTHON=/那里/python3"
}
endef

# Debian splits venv off its Python.
define add_venv_package
add_venv_package() {
    local package=$$(basename "$$python")-venv apt=
    if [ "$$(id -u)" = 0 ]; then apt="env"; elif sudo -n true 2>/dev/null; then apt="sudo -n env"; fi
    if [ "$$apt" ] && command -v apt-get >/dev/null; then
        say "缺少 $$package，正在用 apt-get 安装……"
        $$apt DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -qq; apt-get install -y -qq --no-install-recommends $$package" >"$$log" 2>&1 || tail -n 3 "$$log" >&2
    fi
    "$$python" -c 'import ensurepip, venv' 2>/dev/null || stop "缺少创建 Python 环境的组件，请运行：sudo apt-get install -y $$package" "然后再运行一次 make $(MAKECMDGOALS)"
}
endef

define make_venv
make_venv() {
    [ -w . ] && { [ ! -e .venv ] || [ -w .venv ]; } ||
        stop "这个文件夹不能写入：$$PWD" "请换一个属于您自己的文件夹，或运行：sudo chown -R $$(id -un) '$$PWD'"
    find_python
    "$$python" -c 'import ensurepip, venv' 2>/dev/null || add_venv_package
    say "创建 Python 环境 .venv（$$("$$python" -V)）……"
    "$$python" -m venv --clear .venv >"$$log" 2>&1 || { explain; tail -n 3 "$$log" >&2; stop "没能创建 .venv，原因见上面几行。"; }
}
endef

# uv first (ten seconds), pip where uv does not run (a minute and a half); both check the hashes.
define install_packages
install_packages() {
    say "安装 $$1 里的依赖（首次约需一分钟）……"
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    local mirror=$${PIP_INDEX_URL:-$$($(PY) -m pip config get global.index-url 2>/dev/null || true)}
    [ -z "$$mirror" ] || export UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$mirror}
    if [ ! -x .venv/bin/uv ]; then
        $(PY) -m pip install --quiet --retries 1 --only-binary :all: uv==$(UV_VERSION) >"$$log" 2>&1 || explain
    fi
    if [ -x .venv/bin/uv ] && .venv/bin/uv pip install --python $(PY) --compile-bytecode --require-hashes -r $$1; then return; fi
    say "改用 pip 再装一次，稍慢一些……"
    $(PY) -m pip install --retries 1 --progress-bar off --require-hashes -r $$1 2>&1 | tee "$$log" | sed -n '/^Collecting/p' ||
        { explain; tail -n 8 "$$log" >&2; stop "依赖没有装完，原因见上面几行。"; }
}
endef

# Ends in a sentence if the log shows a cause that the user can do something about.
define explain
explain() {
    has() { grep -qiE "$$1" "$$log"; }
    if has 'name resolution|dns error|NewConnectionError|ConnectTimeout|ReadTimeout|network is unreachable|connection refused|ProxyError|timed out|error sending request|from versions: none'; then
        stop "连不上软件源，依赖没有装完。" "请检查网络或代理后再运行一次；内网可以先设置镜像：export PIP_INDEX_URL=镜像地址"
    elif has 'no space left'; then
        stop "磁盘满了，依赖没有装完。请腾出约 1 GB 空间后再运行一次。"
    elif has "No such file or directory: '[^']*(cc|gcc|c\+\+|g\+\+|clang)'|command '[^']*(cc|\+\+|clang)' failed|unknown compiler|Python\.h|rust compiler|can't find rust|cargo"; then
        stop "这台机器没有现成的安装包可用，要自己编译，但缺少编译器。" "请运行：sudo apt-get install -y build-essential python3-dev（上文提到 rust 时再加 rustc cargo）" "然后再运行一次同样的命令。"
    elif has 'hashes|hash mismatch'; then
        stop "下载到的安装包与锁定的校验值不符，可能是镜像没有同步好。请换一个镜像再运行一次：export PIP_INDEX_URL=镜像地址"
    fi
}
endef
