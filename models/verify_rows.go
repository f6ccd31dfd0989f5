package models

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// rows compares every row of the stated tables with what was said of it last.
func (v *verifier) rows() error {
	names := make([]string, 0, len(statedTables))
	for name := range statedTables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, table := range names {
		if v.pending(table) {
			v.notef("表 %s 自本版起受校验，升级一天后登记（%s）：现有的行未作核对。", table, ActionTablesFound)
			delete(v.stories.tables, table)
			continue
		}
		if err := v.table(table); err != nil {
			return err
		}
		if err := v.gone(table); err != nil {
			return err
		}
	}
	for _, table := range slices.Sorted(maps.Keys(v.stories.tables)) { // of which only statements are left
		if err := v.gone(table); err != nil {
			return err
		}
	}
	if len(v.baseline) == 0 {
		v.notef("尚未登记启用前已有的数据（%s）：没有说明的行未作核对。", ActionBaselined)
	}
	return nil
}

// pending reports whether a table is to be stated, while others are.
func (v *verifier) pending(table string) bool {
	_, done := v.baseline[table]
	return !done && len(v.baseline) > 0
}

// since is from when on what was said of a table's rows counts: from when everybody said so.
func (v *verifier) since(table string) int64 {
	from := v.baseline[table].from
	if from.IsZero() {
		return math.MinInt64
	}
	return from.UnixMicro()
}

// gone finds the rows that are not there and that nobody has deleted, and forgets the
// table: nothing more is asked of it.
func (v *verifier) gone(table string) error {
	t := v.stories.of(table)
	names := map[rowID]string{}
	read := uint32(math.MaxUint32)
	for _, id := range t.left() {
		story := t.take(id, v.since(table))
		if len(story) == 0 {
			continue
		}
		if is, _ := v.told(table, story); is == noRow {
			continue
		}
		last := story[len(story)-1].source
		if last != read {
			list, err := v.spoken(v.stories.sources[last])
			if err != nil {
				return err
			}
			clear(names)
			for _, st := range list {
				if st.Table == table {
					names[idOf(st.Key)] = st.Key
				}
			}
			read = last
		}
		v.findf(table, names[id], TamperDeleted, "该行不见了，而系统没有删除过它（%s）", v.stories.sources[last])
	}
	delete(v.stories.tables, table)
	return nil
}

// spoken reads again what a source says of rows.
func (v *verifier) spoken(source string) (statements, error) {
	if v.packed != nil {
		return v.packed.spoken[source], nil
	}
	table, key, _ := strings.Cut(source, " ")
	q := v.tx.Table(table).Where("id = ?", key)
	if table == eventTable {
		id, seq, _ := strings.Cut(key, keySeparator)
		q = v.tx.Table(table).Where("case_id = ? AND seq = ?", id, seq)
	}
	var texts []*string
	if err := q.Pluck("stated", &texts).Error; err != nil || len(texts) == 0 {
		return nil, fail(err, "read statements again")
	}
	return decodeStatements(textOf(texts[0]))
}

func (v *verifier) table(table string) error {
	sch := schemaOf(statedTables[table].Row)
	rows, err := v.tx.Table(table).Rows()
	if err != nil {
		return fail(err, "read "+table)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	for rows.Next() {
		into := reflect.New(sch.ModelType)
		if err := v.tx.Session(&gorm.Session{}).ScanRows(rows, into.Interface()); err != nil {
			key := rawKey(rows, sch.PrimaryFieldDBNames)
			v.findf(table, key, TamperUnreadable, "%v", err)
			v.stories.of(table).take(idOf(key), 0)
			continue
		}
		v.report.Rows++
		key, _ := rowKey(sch, into.Elem())
		v.match(table, key, shortHash(rowHash(table, into.Elem())))
	}
	return fail(rows.Err(), "read "+table)
}

// match compares a row with its story.
func (v *verifier) match(table, key string, is rowDigest) {
	story := v.stories.of(table).take(idOf(key), v.since(table))
	if len(story) == 0 {
		switch {
		case !v.baseline[table].done.IsZero(), v.packed != nil && v.packed.stated:
			v.findf(table, key, TamperInserted, "该行不是由系统写入的")
		case v.packed != nil:
			v.packed.strange++
		}
		return
	}
	last, sound := v.told(table, story)
	switch last {
	case is:
		if !sound {
			v.findf(table, key, TamperEdited, "该行在两次写入之间被改过")
		}
	case noRow:
		v.findf(table, key, TamperInserted, "系统删除过该行，它却又在")
	default:
		v.findf(table, key, TamperEdited, "内容与最后一次写入的不符（%s）", v.stories.sources[story[len(story)-1].source])
	}
}

// skew is how far apart the clocks of two processes may be that write the same row.
const skew = 10_000_000 // µs

// told follows a row's story to its end. It is sound when each statement found the row as
// the one before had left it.
func (v *verifier) told(table string, story []said) (is rowDigest, sound bool) {
	slices.SortStableFunc(story, func(a, b said) int { return int(a.at - b.at) })
	left := slices.Clone(story)
	done := v.baseline[table].done
	sound = left[0].was == noRow || left[0].was == anyRow || done.IsZero() || left[0].at <= done.UnixMicro()
	if left[0].was != anyRow {
		is = left[0].was
	}
	for len(left) > 0 {
		n := slices.IndexFunc(left, func(s said) bool { return s.at-left[0].at <= skew && (s.was == is || s.was == anyRow) })
		if n < 0 {
			n, sound = 0, false
		}
		if left[n].was == anyRow && is != noRow && is != left[n].is {
			sound = false
		}
		is = left[n].is
		left = slices.Delete(left, n, n+1)
	}
	return is, sound
}
