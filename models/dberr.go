package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/go-sql-driver/mysql"

	"zhengxiao/internal/apperr"
)

// Error numbers of MySQL, and result codes of SQLite (the low byte is the primary code).
const (
	mysqlDuplicate   = 1062
	mysqlDeadlock    = 1213
	mysqlLockWait    = 1205
	mysqlTooMany     = 1040
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteFull       = 13
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
	primaryCode      = 0xff
)

var (
	// The server refuses or drops connections: too many, shutting down, killed, read-only.
	mysqlAway = []uint16{1040, 1053, 1077, 1079, 1152, 1153, 1158, 1159, 1160, 1161, 1290, 1317, 1836, 3024}
	mysqlFull = []uint16{1021, 1114}
	// A value longer than its column, out of its range, a date that is none, or text that is not UTF-8.
	mysqlUnfit = []uint16{1406, 1264, 1292, 1366}
)

// coded is what the SQLite driver's error offers, without linking the driver.
type coded interface{ Code() int }

func sqliteCode(err error) int {
	if c, ok := errors.AsType[interface {
		error
		coded
	}](err); ok {
		return c.Code()
	}
	return 0
}

func mysqlNumber(err error) uint16 {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return e.Number
	}
	return 0
}

// IsDuplicate reports whether err is the violation of a unique or primary key.
func IsDuplicate(err error) bool {
	code := sqliteCode(err)
	return mysqlNumber(err) == mysqlDuplicate || code == sqlitePrimaryKey || code == sqliteUnique
}

// rolledBack reports whether the database gave the transaction up for the sake of
// another: running it again is always safe.
func rolledBack(err error) bool {
	n, code := mysqlNumber(err), sqliteCode(err)&primaryCode
	return n == mysqlDeadlock || n == mysqlLockWait || code == sqliteBusy || code == sqliteLocked || errors.Is(err, errRaced)
}

// lockWait reports whether a row stayed locked for as long as one waits for it.
func lockWait(err error) bool { return mysqlNumber(err) == mysqlLockWait }

// late reports whether the caller's time was up.
func late(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrTxDone)
}

// lost reports whether the connection broke or could not be made.
func lost(err error) bool {
	if late(err) {
		return false // context.DeadlineExceeded is a net.Error, too
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return slices.Contains(mysqlAway, mysqlNumber(err)) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.ErrUnexpectedEOF)
}

// untold reports whether the database was certainly not told what failed with err, or
// answered that it kept nothing: no connection was made, the time was up before anything
// was sent, or it gave the transaction up.
func untold(err error) bool {
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return true
	}
	return rolledBack(err) || mysqlNumber(err) == mysqlTooMany || errors.Is(err, driver.ErrBadConn)
}

// IsRetryable reports whether the same transaction may succeed later: it lost against
// another one, or the database cannot be reached. After a lost connection nobody knows
// whether a commit took effect, so the caller must be idempotent.
func IsRetryable(err error) bool {
	return err != nil && (rolledBack(err) || lost(err) || late(err))
}

// isFull reports whether the database has no space left.
func isFull(err error) bool {
	return slices.Contains(mysqlFull, mysqlNumber(err)) || sqliteCode(err)&primaryCode == sqliteFull
}

// fail says what was being done when err came up. Errors that already carry a message
// for the user pass as they are.
func fail(err error, doing string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*apperr.Error](err); ok {
		return err
	}
	switch {
	case isFull(err):
		return apperr.Wrap(fmt.Errorf("%s: %w", doing, err), apperr.DiskFull, "数据库空间已满，本次操作没有保存。请联系系统管理员扩容后重试。")
	case slices.Contains(mysqlUnfit, mysqlNumber(err)):
		return apperr.Wrap(fmt.Errorf("%s: %w", doing, err), apperr.Invalid, "填写的内容过长、超出范围或含有无法保存的字符，请修改后重试。")
	case IsRetryable(err):
		return apperr.Wrap(fmt.Errorf("%s: %w", doing, err), apperr.Unavailable, "数据库暂时无法访问。请稍后重试；刚才如在保存，请先刷新查看是否已经保存。")
	}
	return fmt.Errorf("%s: %w", doing, err)
}
