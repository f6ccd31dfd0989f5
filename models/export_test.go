package models

import (
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

// MigrationStatements are the statements of one migration as they run on a dialect of
// gorm's.
func MigrationStatements(dialect, name string) ([]string, error) {
	types := columnTypes[goose.DialectMySQL]
	if dialect == "sqlite" {
		types = columnTypes[goose.DialectSQLite3]
	}
	raw, err := fs.ReadFile(migrations, "migrations/"+name)
	return strings.Split(types.Replace(string(raw)), ";\n"), err
}
