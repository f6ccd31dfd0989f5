package models

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"zhengxiao/internal/apperr"
)

// CodeDatabaseUnfit is a server, or a proxy before it, that the store cannot rely on.
const CodeDatabaseUnfit apperr.Code = "database_unfit"

// session is what every connection sets. After waiting for a row lock, a count must see
// what the other transaction wrote: READ COMMITTED. A value that does not fit its column
// must be an error, never cut: strict.
var session = map[string]string{
	"time_zone":             "'+00:00'",
	"transaction_isolation": "'READ-COMMITTED'",
	"sql_mode":              "'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
}

// minPacket is the least max_allowed_packet, in bytes: rows are written many at a time.
const minPacket = 16 << 20

// server is what a MySQL server says of itself in a session, by the names of its variables.
type server map[string]string

const serverVariables = `SHOW VARIABLES WHERE Variable_name IN (
	'version', 'version_comment', 'sql_mode', 'time_zone', 'transaction_isolation',
	'character_set_client', 'character_set_connection', 'character_set_results', 'collation_connection',
	'wait_timeout', 'max_allowed_packet', 'log_bin', 'binlog_format')`

// checkServer asks the server what the store relies on.
func checkServer(ctx context.Context, conns *sql.DB, lifetime time.Duration) error {
	said, err := askServer(ctx, conns)
	if err != nil {
		return unreachable(err)
	}
	problems := said.problems(lifetime)
	if len(problems) == 0 {
		return nil
	}
	return apperr.Newf(CodeDatabaseUnfit, "数据库不符合要求，程序没有启动：\n- %s", strings.Join(problems, "\n- "))
}

func askServer(ctx context.Context, conns *sql.DB) (server, error) {
	rows, err := conns.QueryContext(ctx, serverVariables)
	if err != nil {
		return nil, fmt.Errorf("ask MySQL for its settings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	said := server{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, fmt.Errorf("read MySQL settings: %w", err)
		}
		said[name] = value
	}
	return said, rows.Err()
}

// problems are what is wrong with the server, for the operator.
func (s server) problems(lifetime time.Duration) (list []string) {
	if kind := s["version"] + " " + s["version_comment"]; strings.Contains(strings.ToLower(kind), "mariadb") {
		return []string{fmt.Sprintf("服务端是 MariaDB（%s）：它与 MySQL 不兼容，请改用 MySQL 8.0 以上。", s["version"])}
	}
	if major, _ := strconv.Atoi(strings.Split(s["version"], ".")[0]); major < 8 {
		return []string{fmt.Sprintf("服务端版本是 %q：须为 MySQL 8.0 以上，请升级。", s["version"])}
	}
	want := func(ok bool, format string, args ...any) {
		if !ok {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	for _, name := range []string{"time_zone", "transaction_isolation"} {
		want("'"+s[name]+"'" == session[name], "连接的 %s 是 %q，应为 %s：中间的代理改动了会话变量，请让它原样转发 SET。", name, s[name], session[name])
	}
	want(slices.Contains(strings.Split(s["sql_mode"], ","), "STRICT_TRANS_TABLES"),
		"连接的 sql_mode 是 %q，须含 STRICT_TRANS_TABLES：中间的代理改动了会话变量，请让它原样转发 SET。", s["sql_mode"])
	for _, name := range []string{"character_set_client", "character_set_connection", "character_set_results"} {
		want(s[name] == "utf8mb4", "连接的 %s 是 %q，应为 utf8mb4：请检查服务端的 skip-character-set-client-handshake 与中间的代理。", name, s[name])
	}
	want(strings.HasPrefix(s["collation_connection"], "utf8mb4_"), "连接的 collation_connection 是 %q，应为 utf8mb4 的排序规则。", s["collation_connection"])
	wait, _ := strconv.Atoi(s["wait_timeout"])
	want(time.Duration(wait)*time.Second > lifetime,
		"wait_timeout 是 %d 秒，须大于连接的最长使用时间 %s：请调大 wait_timeout，或调小 ZX_MYSQL_CONN_LIFETIME。", wait, lifetime)
	packet, _ := strconv.Atoi(s["max_allowed_packet"])
	want(packet >= minPacket, "max_allowed_packet 是 %d 字节，须不小于 %d（16M）。", packet, minPacket)
	want(s["log_bin"] != "ON" || s["binlog_format"] != "STATEMENT", "binlog_format 是 STATEMENT：READ COMMITTED 下无法写入，请改为 ROW。")
	return list
}

// Numbers of what can be wrong before the first query.
const (
	mysqlNoAccess   = 1044
	mysqlNoLogin    = 1045
	mysqlNoDatabase = 1049
	mysqlNotSecure  = 3159
)

// unreachable says why the first connection failed and what to do.
func unreachable(err error) error {
	switch mysqlNumber(err) {
	case mysqlNoAccess, mysqlNoLogin:
		return apperr.Wrap(err, apperr.Unavailable, "数据库暂时无法访问：用户名或密码不对，或该用户没有这个库的权限，请核对 ZX_MYSQL_DSN。")
	case mysqlNotSecure:
		return apperr.Wrap(err, apperr.Unavailable, "数据库暂时无法访问：服务端只接受 TLS 连接，请设置 ZX_MYSQL_TLS 与 ZX_MYSQL_TLS_CA_FILE。")
	case mysqlNoDatabase:
		return apperr.Wrap(err, apperr.Unavailable, "数据库暂时无法访问：服务端没有这个库，请核对 ZX_MYSQL_DSN 或先建库（CREATE DATABASE 库名 CHARACTER SET utf8mb4）。")
	}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return apperr.Wrap(untrusted, apperr.Unavailable, "数据库暂时无法访问：服务端的证书不可信，或不是签发给这个地址的，请核对 ZX_MYSQL_TLS_CA_FILE 与 ZX_MYSQL_DSN 中的主机名。")
	}
	if errors.Is(err, driver.ErrNoTLS) {
		return apperr.Wrap(err, apperr.Unavailable, "数据库暂时无法访问：设置了 ZX_MYSQL_TLS，但服务端没有启用 TLS，没有发送密码。")
	}
	if lost(err) || errors.Is(err, context.DeadlineExceeded) {
		return apperr.Wrap(err, apperr.Unavailable, "数据库暂时无法访问：请确认 MySQL 已启动、网络可达，并核对 ZX_MYSQL_DSN 中的地址与端口。")
	}
	return fail(err, "connect to MySQL")
}
