package models

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// touched are rows that a transaction wrote: what they were before it, by table and key,
// and what they are wherever the writes themselves tell.
type touched struct {
	rows  map[[2]string]*touchedRow
	order [][2]string
	// writing are the rows that the statement under way is about to write.
	writing []written
}

type touchedRow struct {
	was   string
	key   []any
	is    string
	known bool // what is says; otherwise the row is read again
}

// written is a row as a statement found it, or as it inserts it.
type written struct {
	at  [2]string
	row reflect.Value
}

func (t *touched) add(table, key string, parts []any, was string) {
	at := [2]string{table, key}
	if row, known := t.rows[at]; known {
		row.known = false
		return // what it was at first counts
	}
	if t.rows == nil {
		t.rows = map[[2]string]*touchedRow{}
	}
	t.rows[at] = &touchedRow{was: was, key: parts}
	t.order = append(t.order, at)
}

// made is what a write made of a row that it met, and whether that is certain. all says
// that it wrote as many rows as it was to.
type made func(table string, row reflect.Value, all bool) (is string, known bool)

// wrote takes up what the statement under way made of its rows.
func (t *touched) wrote(rows int64, made made) {
	for _, w := range t.writing {
		row := t.rows[w.at]
		row.is, row.known = made(w.at[0], w.row, rows == int64(len(t.writing)))
	}
	t.writing = nil
}

// doubted has the rows read again whatever the writes tell, and compares.
var doubted bool

// decided takes out the rows of which events may tell; the others are left to the audit log.
func (t *touched) decided() *touched {
	var taken touched
	t.order = slices.DeleteFunc(t.order, func(at [2]string) bool {
		row := t.rows[at]
		if !statedTables[at[0]].Decided {
			return false
		}
		if taken.rows == nil {
			taken.rows = map[[2]string]*touchedRow{}
		}
		taken.rows[at], taken.order = row, append(taken.order, at)
		delete(t.rows, at)
		return true
	})
	return &taken
}

// stated says what became of the rows, and forgets them.
func (t *touched) stated(tx *gorm.DB) (statements, error) {
	byTable := map[string][][]any{}
	for _, at := range t.order {
		if row := t.rows[at]; !row.known || doubted {
			byTable[at[0]] = append(byTable[at[0]], row.key)
		}
	}
	now := map[[2]string]string{}
	for table, keys := range byTable {
		if err := hashesOf(tx, bare, table, keys, now); err != nil {
			return nil, err
		}
	}
	var list statements
	for _, at := range t.order {
		row, is := t.rows[at], now[at]
		switch {
		case doubted && row.known && row.is != is:
			return nil, fmt.Errorf("row %s of %s is not what was written", at[1], at[0])
		case row.known:
			is = row.is
		}
		if row.was != is {
			list = append(list, statement{Table: at[0], Key: at[1], Was: row.was, Is: is})
		}
	}
	*t = touched{}
	return list, nil
}

// assigned is what a row says once some columns have been set.
func assigned(set clause.Set) made {
	return func(table string, row reflect.Value, all bool) (string, bool) {
		sch := schemaOf(statedTables[table].Row)
		for _, a := range set {
			field := sch.LookUpField(a.Column.Name)
			if field == nil || !plainAssigned(a.Value) || field.Set(noContext, row, a.Value) != nil {
				return "", false
			}
		}
		return rowHash(table, row), all
	}
}

// plainAssigned reports whether a value is written as it is, and not worked out by the
// database.
func plainAssigned(v any) bool {
	switch v.(type) {
	case clause.Expression, gorm.Valuer, *gorm.DB:
		return false
	}
	return true
}

// hashesOf reads rows by their keys, as lock has it, and adds what they say to by.
func hashesOf(tx *gorm.DB, lock func(*gorm.DB) *gorm.DB, table string, keys [][]any, by map[[2]string]string) error {
	for some := range slices.Chunk(keys, batchSize) {
		err := eachStated(byKeys(lock(tx), table, some), table, func(row reflect.Value, key string, _ []any) {
			by[[2]string{table, key}] = rowHash(table, row)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bare is the same transaction without what a statement in it has gathered.
func bare(tx *gorm.DB) *gorm.DB {
	return tx.Session(&gorm.Session{NewDB: true, SkipHooks: true})
}

// bareLocked is bare, and locks what it reads until the transaction ends.
func bareLocked(tx *gorm.DB) *gorm.DB { return forUpdate(bare(tx)) }

// byKeys narrows a query to rows by their whole primary keys.
func byKeys(tx *gorm.DB, table string, keys [][]any) *gorm.DB {
	names := schemaOf(statedTables[table].Row).PrimaryFieldDBNames
	if len(names) == 1 {
		flat := make([]any, len(keys))
		for i, k := range keys {
			flat[i] = k[0]
		}
		return tx.Where(names[0]+" IN ?", flat)
	}
	return tx.Where("("+strings.Join(names, ", ")+") IN ?", keys)
}

// eachStated reads the rows of a query over a stated table.
func eachStated(q *gorm.DB, table string, fn func(row reflect.Value, key string, parts []any)) error {
	sch := schemaOf(statedTables[table].Row)
	list := reflect.New(reflect.SliceOf(sch.ModelType))
	if err := q.Table(table).Find(list.Interface()).Error; err != nil {
		return fmt.Errorf("read rows of %s: %w", table, err)
	}
	for i := range list.Elem().Len() {
		row := list.Elem().Index(i)
		key, parts := rowKey(sch, row)
		fn(row, key, parts)
	}
	return nil
}
