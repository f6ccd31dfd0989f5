package models

import (
	"fmt"
	"reflect"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// watch notes every row of a stated table that gorm writes: those of a transaction of the
// store in its trail, others at once.
type watch struct{ store *Store }

const watchName = "zhengxiao:stated"

// Name is the plugin's.
func (watch) Name() string { return watchName }

// storeOf is the store that watches a database.
func storeOf(db *gorm.DB) *Store {
	w, _ := db.Plugins[watchName].(watch)
	return w.store
}

// Initialize registers the callbacks.
func (watch) Initialize(db *gorm.DB) error {
	c := db.Callback()
	for _, err := range []error{
		c.Create().Before("gorm:create").Register("stated:before_create", beforeCreate),
		c.Create().After("gorm:create").Register("stated:after_create", afterCreate),
		c.Update().After("gorm:before_update").Before("gorm:update").Register("stated:before_update", beforeUpdate),
		c.Update().After("gorm:update").Register("stated:after_update", afterUpdate),
		c.Delete().Before("gorm:delete").Register("stated:before_delete", beforeChange),
		c.Delete().After("gorm:delete").Register("stated:after_delete", afterDelete),
	} {
		if err != nil {
			return fmt.Errorf("watch writes: %w", err)
		}
	}
	return nil
}

const unstatedKey = "zhengxiao:unstated"

// unstated writes without a statement: what it writes follows from an event.
func unstated(tx *gorm.DB) *gorm.DB { return tx.Set(unstatedKey, true) }

// touching is the table of a write that is to be noted, and where to note it.
func touching(db *gorm.DB) (table string, t *trail, ok bool) {
	st := db.Statement
	if db.Error != nil || st.Schema == nil || db.DryRun {
		return "", nil, false
	}
	if _, ok = statedTables[st.Schema.Table]; !ok {
		return "", nil, false
	}
	if _, silent := st.Settings.Load(unstatedKey); silent {
		return "", nil, false
	}
	if t = trailOf(db); t != nil {
		return st.Schema.Table, t, true
	}
	v, _ := st.Settings.LoadOrStore(trailKey{}, &trail{store: storeOf(db)})
	t, _ = v.(*trail)
	return st.Schema.Table, t, true
}

// beforeCreate notes the rows that are to be written, and what those already were that an
// upsert or a repeated insert may meet: they stay locked until the transaction ends.
func beforeCreate(db *gorm.DB) {
	table, t, ok := touching(db)
	if !ok {
		return
	}
	sch := schemaOf(statedTables[table].Row)
	var rows []reflect.Value
	each(db.Statement.ReflectValue, func(row reflect.Value) {
		if row.Type() == sch.ModelType {
			rows = append(rows, row)
		}
	})
	was := map[[2]string]string{}
	conflict, upserts := db.Statement.Clauses[conflictClause]
	if upserts {
		keys := make([][]any, len(rows))
		for i, row := range rows {
			_, keys[i] = rowKey(sch, row)
		}
		if err := hashesOf(db, bareLocked, table, keys, was); err != nil {
			_ = db.AddError(err)
			return
		}
		insertMissing(db, conflict, table, rows, was)
	}
	t.touched.writing = nil
	for _, row := range rows {
		key, parts := rowKey(sch, row)
		at := [2]string{table, key}
		t.touched.add(table, key, parts, was[at])
		if !upserts || replaces(conflict, sch) {
			t.touched.writing = append(t.touched.writing, written{at, row})
		}
	}
}

// replaces reports whether a row that an upsert meets becomes the one given in all it says.
func replaces(conflict clause.Clause, sch *schema.Schema) bool {
	c, ok := conflict.Expression.(clause.OnConflict)
	return ok && c.UpdateAll && !slices.ContainsFunc(sch.Fields, func(f *schema.Field) bool {
		return f.AutoCreateTime != 0 || f.HasDefaultValue // those stay as they were
	})
}

func each(v reflect.Value, fn func(reflect.Value)) {
	switch v.Kind() { //nolint:exhaustive // gorm creates nothing else
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			each(v.Index(i), fn)
		}
	case reflect.Pointer:
		each(v.Elem(), fn)
	case reflect.Struct:
		fn(v)
	}
}

const setClause = "SET"

// beforeUpdate is beforeChange once it is known what the update sets.
func beforeUpdate(db *gorm.DB) {
	if _, _, ok := touching(db); !ok {
		return
	}
	if _, given := db.Statement.Clauses[setClause]; !given {
		if set := callbacks.ConvertToAssignments(db.Statement); len(set) > 0 {
			db.Statement.AddClause(set)
			db.Statement.Settings.Store(setClause, set) // gorm would take it for the next update's, too
		}
	}
	beforeChange(db)
}

// beforeChange notes the rows that an update or a delete is about to meet, and locks them
// as it will.
func beforeChange(db *gorm.DB) {
	table, t, ok := touching(db)
	if !ok {
		return
	}
	if t.touched.writing = nil; saysNothing(db, table) {
		return
	}
	q := bareLocked(db)
	if where, ok := db.Statement.Clauses["WHERE"]; ok {
		if w, ok := where.Expression.(clause.Where); ok {
			q = q.Clauses(w)
		}
	}
	sch := schemaOf(statedTables[table].Row)
	if m := reflect.Indirect(reflect.ValueOf(db.Statement.Model)); m.IsValid() && m.Type() == sch.ModelType {
		for _, f := range sch.PrimaryFields {
			if v, zero := f.ValueOf(noContext, m); !zero {
				q = q.Where(clause.Eq{Column: clause.Column{Name: f.DBName}, Value: v})
			}
		}
	}
	err := eachStated(q, table, func(row reflect.Value, key string, parts []any) {
		t.touched.add(table, key, parts, rowHash(table, row))
		t.touched.writing = append(t.touched.writing, written{[2]string{table, key}, row})
	})
	if err != nil {
		_ = db.AddError(err)
	}
}

func afterCreate(db *gorm.DB) {
	restoreConflict(db)
	_, upserts := db.Statement.Clauses[conflictClause] // its rows are counted once or twice
	afterWrite(db, func(table string, row reflect.Value, all bool) (string, bool) {
		return rowHash(table, row), all || upserts
	})
}

func afterDelete(db *gorm.DB) {
	afterWrite(db, func(_ string, _ reflect.Value, all bool) (string, bool) { return "", all })
}

func afterUpdate(db *gorm.DB) {
	v, ours := db.Statement.Settings.LoadAndDelete(setClause)
	if !ours {
		afterWrite(db, func(string, reflect.Value, bool) (string, bool) { return "", false })
		return
	}
	delete(db.Statement.Clauses, setClause)
	set, _ := v.(clause.Set)
	afterWrite(db, assigned(set))
}

// afterWrite takes up what was written, and settles at once what was outside the store's
// transactions.
func afterWrite(db *gorm.DB, made made) {
	_, t, ok := touching(db)
	if !ok {
		return
	}
	t.touched.wrote(db.RowsAffected, made)
	if trailOf(db) != nil {
		return
	}
	db.Statement.Settings.Delete(trailKey{})
	if err := t.settle(bare(db)); err != nil {
		_ = db.AddError(err)
	}
}
