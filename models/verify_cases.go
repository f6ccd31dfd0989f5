package models

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

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
	source := eventTable + " " + key
	v.stories.hear(list, e.At.UnixMicro(), source)
	if v.packed != nil {
		v.packed.spoken[source] = list
	}
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
