package models

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
)

const (
	eventTable = "events"
	caseTable  = "cases"
)

// caseBatch is how many cases are replayed at a time.
const caseBatch = 100

// cases replays the events of every case and compares what they make of it with its row.
func (v *verifier) cases() error {
	after := ""
	for {
		var rows []*Case
		q := v.tx.Model(&Case{}).Where("id > ?", after).Order("id").Limit(caseBatch)
		last := after
		err := stream(v, q, caseTable, []string{"id"}, func(c *Case) { rows = append(rows, c); last = c.ID })
		if err != nil {
			return err
		}
		if len(rows) == 0 && last == after {
			break
		}
		ids := make([]string, len(rows))
		for i, c := range rows {
			ids[i] = c.ID
		}
		if err := v.replay(ids, rows); err != nil {
			return err
		}
		after = last
	}
	return v.strays()
}

// replay folds the events of some cases and compares what they make with the rows.
func (v *verifier) replay(ids []string, rows []*Case) error {
	folds := map[string]*caseFold{}
	for _, id := range ids {
		folds[id] = &caseFold{v: v, made: Case{ID: id}}
	}
	for _, c := range rows {
		folds[c.ID].row = c
	}
	q := v.tx.Model(&Event{}).Where("case_id IN ?", ids).Order("case_id, seq")
	err := stream(v, q, eventTable, []string{"case_id", "seq"}, func(e *Event) { folds[e.CaseID].take(e) })
	for _, c := range rows {
		folds[c.ID].compare()
	}
	return err
}

// caseFold is a case as its events make it.
type caseFold struct {
	v      *verifier
	row    *Case // nil when it is gone
	made   Case
	state  domain.State
	next   int
	signed bool
	broken bool
}

// take folds the next event.
func (f *caseFold) take(e *Event) {
	v, key := f.v, e.CaseID+keySeparator+strconv.Itoa(e.Seq)
	v.report.Events++
	if f.next++; e.Seq != f.next {
		v.findf(eventTable, fmt.Sprintf("%s%s%d", e.CaseID, keySeparator, f.next), TamperDeleted, "第%d个事件不见了", f.next)
		f.next, f.broken = e.Seq, true
	}
	if e.PrevHash != f.made.HeadHash && !f.broken {
		v.findf(eventTable, key, TamperEdited, "与前一事件不衔接")
	}
	if e.Hash != e.digest() {
		v.findf(eventTable, key, TamperEdited, "内容与其校验值不符")
	}
	f.signature(e, key)
	f.made.HeadHash = e.Hash
	list, err := decodeStatements(textOf(e.Stated))
	if err != nil {
		v.findf(eventTable, key, TamperUnreadable, "%v", err)
	}
	v.hear(list, e.At, "events "+key)
	f.fold(e, key)
}

// signature checks that an event is signed, or is from before there were signatures.
func (f *caseFold) signature(e *Event, key string) {
	v := f.v
	switch {
	case e.Signature != "" || e.KeyID != "":
		f.signed = true
		v.signed(eventTable, key, e.KeyID, notary.PurposeEvent, e.Hash, e.Signature)
	case f.signed || (!v.signing.IsZero() && !e.At.Before(v.signing)):
		v.findf(eventTable, key, TamperUnsigned, "签名启用之后的事件没有签名")
	default:
		v.report.Unsigned++
		if v.packed != nil {
			v.packed.unsigned = append(v.packed.unsigned, e.Seq)
		}
	}
}

func (f *caseFold) fold(e *Event, key string) {
	if f.broken {
		return
	}
	after, err := domain.Apply(f.state, e.outcome())
	if err == nil {
		err = f.made.Project(after, e.At)
	}
	if err != nil {
		f.broken = true
		f.v.findf(eventTable, key, TamperEdited, "不能重放：%v", err)
		return
	}
	if e.StageBefore != f.state.Stage || e.StageAfter != after.Stage || e.Round != after.Round {
		f.v.findf(eventTable, key, TamperEdited, "阶段或轮次与事件内容不符")
	}
	f.state = after
}

// unreplayed are the columns of a case that its events do not make.
var unreplayed = map[string]string{
	"plan_start": planColumn, "plan_end": planColumn, "plan_at": planColumn,
}

const planColumn = "where the plan would have the case: worked out for lists from policy and calendar, decides nothing"

// compare finds the columns in which the row differs from what the events made.
func (f *caseFold) compare() {
	if f.row == nil {
		return
	}
	f.v.report.Cases++
	if f.row.Seq > f.next && f.row.HeadHash != f.made.HeadHash {
		f.v.findf(eventTable, fmt.Sprintf("%s%s%d", f.row.ID, keySeparator, f.row.Seq), TamperCut, "项目记着%d个事件，现在只有%d个", f.row.Seq, f.next)
		return
	}
	if f.broken {
		return
	}
	is, made := reflect.ValueOf(f.row).Elem(), reflect.ValueOf(&f.made).Elem()
	var wrong []string
	for _, field := range schemaOf(Case{}).Fields {
		if _, excused := unreplayed[field.DBName]; excused || field.DBName == "" {
			continue
		}
		if _, derived := statedTables[caseTable].Excused[field.DBName]; !derived {
			continue
		}
		a, _ := field.ValueOf(noContext, is)
		b, _ := field.ValueOf(noContext, made)
		if plainValue(a) != plainValue(b) {
			wrong = append(wrong, field.DBName)
		}
	}
	if len(wrong) > 0 {
		f.v.findf(caseTable, f.row.ID, TamperEdited, "与事件重放的结果不同：%v", wrong)
	}
}

// strays are events of cases that are not there.
func (v *verifier) strays() error {
	var ids []string
	err := v.tx.Model(&Event{}).Distinct("case_id").Where("case_id NOT IN (?)", v.tx.Model(&Case{}).Select("id")).Pluck("case_id", &ids).Error
	if err != nil {
		return fail(err, "look for stray events")
	}
	for some := range slices.Chunk(ids, caseBatch) {
		for _, id := range some {
			v.findf(eventTable, id, TamperInserted, "这些事件所属的项目不存在")
		}
		if err := v.replay(some, nil); err != nil {
			return err
		}
	}
	return nil
}

// rows compares every row of the stated tables with what was said of it last.
func (v *verifier) rows() error {
	names := make([]string, 0, len(statedTables))
	for name := range statedTables {
		names = append(names, name)
	}
	slices.Sort(names)
	v.sinceBaselines()
	for _, table := range names {
		if v.pending(table) {
			v.notef("表 %s 自本版起受校验，升级一天后登记（%s）：现有的行未作核对。", table, ActionTablesFound)
			continue
		}
		if err := v.table(table); err != nil {
			return err
		}
	}
	for key, story := range v.stories {
		if is, _ := v.told(key, story); is != noRow {
			v.findf(key[0], key[1], TamperDeleted, "该行不见了，而系统没有删除过它（%s）", story[len(story)-1].source)
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

// sinceBaselines forgets what was said of rows while not everybody did.
func (v *verifier) sinceBaselines() {
	for key, story := range v.stories {
		if v.pending(key[0]) {
			delete(v.stories, key)
			continue
		}
		from := v.baseline[key[0]].from
		if from.IsZero() {
			continue
		}
		story = slices.DeleteFunc(story, func(s said) bool { return s.at < from.UnixMicro() })
		if v.stories[key] = story; len(story) == 0 {
			delete(v.stories, key)
		}
	}
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
			delete(v.stories, [2]string{table, key})
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
	at := [2]string{table, key}
	story, known := v.stories[at]
	delete(v.stories, at)
	if !known {
		switch {
		case !v.baseline[table].done.IsZero(), v.packed != nil && v.packed.stated:
			v.findf(table, key, TamperInserted, "该行不是由系统写入的")
		case v.packed != nil:
			v.packed.strange++
		}
		return
	}
	last, sound := v.told(at, story)
	switch last {
	case is:
		if !sound {
			v.findf(table, key, TamperEdited, "该行在两次写入之间被改过")
		}
	case noRow:
		v.findf(table, key, TamperInserted, "系统删除过该行，它却又在")
	default:
		v.findf(table, key, TamperEdited, "内容与最后一次写入的不符（%s）", story[len(story)-1].source)
	}
}

// skew is how far apart the clocks of two processes may be that write the same row.
const skew = 10_000_000 // µs

// told follows a row's story to its end. It is sound when each statement found the row as
// the one before had left it.
func (v *verifier) told(at [2]string, story []said) (is rowDigest, sound bool) {
	slices.SortStableFunc(story, func(a, b said) int { return int(a.at - b.at) })
	left := slices.Clone(story)
	done := v.baseline[at[0]].done
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
