package models

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

var conflictClause = clause.OnConflict{}.Name()

const plainKey = "zhengxiao:plain"

// insertMissing has the rows that are not there inserted outright, not upserted: nothing
// locks a row that does not exist, and one that somebody else puts in meanwhile would be
// taken for ours. An insert that meets such a row gives the transaction up; see errRaced.
// Rows that are there are ours until the end.
func insertMissing(db *gorm.DB, on clause.Clause, table string, rows []reflect.Value, was map[[2]string]string) {
	if len(rows) == 0 {
		return
	}
	missing := reflect.MakeSlice(reflect.SliceOf(rows[0].Type()), 0, len(rows))
	taken := map[string]bool{}
	for _, row := range rows {
		key, _ := rowKey(schemaOf(statedTables[table].Row), row)
		if was[[2]string{table, key}] == "" && !taken[key] {
			missing, taken[key] = reflect.Append(missing, row), true
		}
	}
	conflict, _ := on.Expression.(clause.OnConflict)
	switch n := missing.Len(); {
	case n == len(rows):
	case n == 0, !conflict.DoNothing:
		return // whoever upserts several rows holds the lock of their case
	default:
		db.Statement.ReflectValue = missing
	}
	delete(db.Statement.Clauses, conflictClause)
	db.Statement.Settings.Store(plainKey, on)
}

// errRaced is a row that somebody else put in between our looking for it and putting it in.
// The transaction runs again and finds it.
var errRaced = errors.New("the row was put in meanwhile")

// restoreConflict gives the statement back what insertMissing took from it.
func restoreConflict(db *gorm.DB) {
	on, plain := db.Statement.Settings.LoadAndDelete(plainKey)
	if !plain {
		return
	}
	db.Statement.Clauses[conflictClause], _ = on.(clause.Clause)
	if IsDuplicate(db.Error) {
		db.Error = fmt.Errorf("%w: %s", errRaced, db.Error.Error()) // no duplicate that anybody asks about
	}
}

// saysNothing reports whether an update touches excused columns only.
func saysNothing(db *gorm.DB, table string) bool {
	values, ok := db.Statement.Dest.(map[string]any)
	if !ok {
		return false
	}
	excused := statedTables[table].Excused
	silent := func(f *schema.Field) bool { return f != nil && excused[f.DBName] != "" }
	for name := range values {
		if !silent(db.Statement.Schema.LookUpField(name)) {
			return false
		}
	}
	return !slices.ContainsFunc(db.Statement.Schema.Fields, func(f *schema.Field) bool { return f.AutoUpdateTime > 0 && !silent(f) })
}
