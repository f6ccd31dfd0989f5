#!/bin/sh
# 建立或升级 Temporal 的两个数据库。可重复执行；升级 Temporal 时，先执行本脚本，再更换服务端。
#
#   TEMPORAL_DB_ADDR=host:3306 TEMPORAL_DB_USER=… TEMPORAL_DB_PASSWORD=… deploy/temporal/schema.sh
#
# SQL_TOOL 是 temporal-sql-tool 的路径（在 standalone/ 下：go build -o temporal-sql-tool go.temporal.io/server/cmd/tools/sql）。
# 账号须能建库；库已由他人建好时设 TEMPORAL_DB_EXISTS=1，则只需其中的 DDL 权限。
# sql_mode 须保持默认：ANSI_QUOTES 会使可见性表的定义出错。
set -eu

: "${TEMPORAL_DB_ADDR:?must be set}" "${TEMPORAL_DB_USER:?must be set}"
# 密码经环境变量传递，不出现在进程列表中。
export SQL_PLUGIN=mysql8 SQL_HOST="${TEMPORAL_DB_ADDR%:*}" SQL_PORT="${TEMPORAL_DB_ADDR##*:}"
export SQL_USER="$TEMPORAL_DB_USER" SQL_PASSWORD="${TEMPORAL_DB_PASSWORD:-}"
if [ -n "${TEMPORAL_DB_TLS_CA:-}" ]; then
	export SQL_TLS=true SQL_TLS_CA_FILE="$TEMPORAL_DB_TLS_CA" SQL_TLS_SERVER_NAME="$SQL_HOST"
fi
tool=${SQL_TOOL:-temporal-sql-tool}

install() {
	export SQL_DATABASE="$2"
	[ -n "${TEMPORAL_DB_EXISTS:-}" ] || "$tool" create-database
	"$tool" setup-schema --version 0.0
	"$tool" update-schema --schema-name "mysql/v8/$1"
}
install temporal "${TEMPORAL_DB_NAME:-temporal}"
install visibility "${TEMPORAL_VISIBILITY_DB_NAME:-temporal_visibility}"
