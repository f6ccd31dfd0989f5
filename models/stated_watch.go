package models

import (
	"fmt"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
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
		c.Create().After("gorm:create").Register("stated:after_create", afterWrite),
		c.Update().Before("gorm:update").Register("stated:before_update", beforeChange),
		c.Update().After("gorm:update").Register("stated:after_update", afterWrite),
		c.Delete().Before("gorm:delete").Register("stated:before_delete", beforeChange),
		c.Delete().After("gorm:delete").Register("stated:after_delete", afterWrite),
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
// upsert or a repeated insert may meet.
func beforeCreate(db *gorm.DB) {
	table, t, ok := touching(db)
	if !ok {
		return
	}
	sch := schemaOf(statedTables[table].Row)
	var keys [][]any
	var names []string
	each(db.Statement.ReflectValue, func(row reflect.Value) {
		if row.Type() == sch.ModelType {
			key, parts := rowKey(sch, row)
			keys, names = append(keys, parts), append(names, key)
		}
	})
	was := map[[2]string]string{}
	if _, upserts := db.Statement.Clauses[clause.OnConflict{}.Name()]; upserts {
		if err := hashesOf(db, table, keys, was); err != nil {
			_ = db.AddError(err)
			return
		}
	}
	for i, key := range names {
		t.touched.add(table, key, keys[i], was[[2]string{table, key}])
	}
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

// beforeChange notes the rows that an update or a delete is about to meet.
func beforeChange(db *gorm.DB) {
	table, t, ok := touching(db)
	if !ok {
		return
	}
	q := bare(db)
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
	})
	if err != nil {
		_ = db.AddError(err)
	}
}

// afterWrite settles what was written outside the store's transactions at once.
func afterWrite(db *gorm.DB) {
	_, t, ok := touching(db)
	if !ok || trailOf(db) != nil {
		return
	}
	db.Statement.Settings.Delete(trailKey{})
	if err := t.settle(bare(db)); err != nil {
		_ = db.AddError(err)
	}
}
