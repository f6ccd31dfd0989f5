package models

import (
	"errors"
	"regexp"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// unquoted is a gorm plugin that takes the values out of MySQL's errors: they are people's
// names and words, and errors end in logs and alarms.
type unquoted struct{}

func (unquoted) Name() string { return "unquoted" }

func (unquoted) Initialize(db *gorm.DB) error {
	c := db.Callback()
	return errors.Join(
		c.Create().After("gorm:create").Register("unquoted:create", unquote), c.Query().After("gorm:query").Register("unquoted:query", unquote),
		c.Update().After("gorm:update").Register("unquoted:update", unquote), c.Delete().After("gorm:delete").Register("unquoted:delete", unquote),
		c.Row().After("gorm:row").Register("unquoted:row", unquote), c.Raw().After("gorm:raw").Register("unquoted:raw", unquote),
	)
}

// quotedValue finds the value that a statement was refused for. Names of keys and columns,
// which are quoted too, stay.
var quotedValue = regexp.MustCompile(`(?s)(entry|value:?|near) '.*?'( for (?:key|column)| at (?:line|row)|$)`)

func unquote(db *gorm.DB) {
	e, ok := errors.AsType[*mysql.MySQLError](db.Error)
	if _, told := errors.AsType[*apperr.Error](db.Error); told || !ok {
		return // what is told to the user names no values
	}
	clean := *e
	clean.Message = quotedValue.ReplaceAllString(e.Message, "$1 '…'$2")
	db.Error = &clean
}
