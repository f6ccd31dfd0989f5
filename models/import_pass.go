package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/roster"
)

// ImportBatch is how many rows are looked at in one transaction.
const ImportBatch = batchSize

var errGivenUp = errors.New("the import was given up")

// ImportRights is what whoever imports may do: Reach is where, May says which role may be
// given at an organisation.
type ImportRights struct {
	Reach Scope
	Self  string // who imports; nobody gives themselves a role
	May   func(r domain.Role, o *Org) error
}

// ImportPass is one run over a sheet: a dry run while the job is checking, writing while
// it is applying. It is used by one goroutine, batch after batch.
type ImportPass struct {
	s      *Store
	j      *ImportJob
	rights ImportRights
	write  bool
	silent bool            // keeps no errors: a look at a sheet that is checked already
	seen   map[string]int  // key of a row → its number
	orgs   map[string]*Org // by code
	spent  bool            // whoever imports has had all answers about ID numbers of the hour
}

// NewImportPass begins a run over a job's sheet.
func (s *Store) NewImportPass(j *ImportJob, r ImportRights) *ImportPass {
	return &ImportPass{s: s, j: j, rights: r, write: j.Status == ImportApplying, seen: map[string]int{}, orgs: map[string]*Org{}}
}

// NewImportProbe begins a run that neither writes nor notes anything: it tells whether a
// sheet that was checked before is still good.
func (s *Store) NewImportProbe(j *ImportJob, r ImportRights) *ImportPass {
	p := s.NewImportPass(j, r)
	p.write, p.silent = false, true
	return p
}

// Counts say what became of rows, or would.
type Counts struct{ Created, Changed, Same, Bad int }

// batch is some rows on their way through one transaction.
type batch struct {
	*ImportPass

	tx        *gorm.DB
	rows      []*roster.Row
	all       int               // rows, bad ones too
	fresh     map[string]*Org   // found or added by this batch, by code
	homes     map[string]string // paths of the organisations of the accounts that rows name, by id
	counts    Counts
	passwords []FirstPassword
	spent     bool // as of the pass, in this transaction
}

// Batch looks at some rows, writes them when the job is being applied, and notes how far
// the job is, all in one transaction. Taking everything, it stops at the first bad row.
func (p *ImportPass) Batch(ctx context.Context, rows []roster.Row) (Counts, error) {
	p.single(rows)
	kept := make([][]string, len(rows))
	for i := range rows {
		kept[i] = rows[i].Problems
	}
	var b *batch
	err := p.again(ctx, func(tx *gorm.DB) error {
		b = &batch{ImportPass: p, tx: tx, all: len(rows), fresh: map[string]*Org{}, spent: p.spent}
		for i := range rows {
			rows[i].Problems = kept[i] // another run finds its own
			if rows[i].OK() {
				b.rows = append(b.rows, &rows[i])
			}
		}
		if err := b.judge(); err != nil {
			return err
		}
		b.counts.Bad = 0
		for i := range rows {
			if !rows[i].OK() {
				b.counts.Bad++
			}
		}
		return b.note(rows)
	})
	if err != nil {
		return Counts{}, err
	}
	maps.Copy(p.orgs, b.fresh)
	p.spent = b.spent
	return b.counts, nil
}

// again runs a transaction once more when somebody else took a name in between.
func (p *ImportPass) again(ctx context.Context, fn func(*gorm.DB) error) error {
	err := p.s.Tx(ctx, fn)
	if IsDuplicate(err) {
		err = p.s.Tx(ctx, fn)
	}
	return fail(err, "import rows")
}

func (b *batch) judge() error {
	if err := b.loadOrgs(); err != nil {
		return err
	}
	switch b.j.Kind {
	case roster.Orgs, roster.Schools:
		return b.organisations()
	case roster.Accounts, roster.Teachers:
		return b.people()
	case roster.Groups:
		return b.groups()
	}
	return fmt.Errorf("import: no such kind %q", b.j.Kind)
}

// writing reports whether the batch is to be written: never when everything is to be
// taken and a row of it is bad.
func (b *batch) writing() bool {
	return b.write && (b.j.Mode == ImportGood || len(b.good()) == b.all)
}

// good are the rows of the batch with which nothing is wrong yet.
func (b *batch) good() []*roster.Row {
	var rows []*roster.Row
	for _, r := range b.rows {
		if r.OK() {
			rows = append(rows, r)
		}
	}
	return rows
}

// single refuses rows that say something about the same thing as an earlier one.
func (p *ImportPass) single(rows []roster.Row) {
	for i := range rows {
		r := &rows[i]
		for _, k := range r.Keys(p.j.Kind) {
			if first, ok := p.seen[k]; ok && first != r.N {
				r.Badf("与第%d行重复（%s）", first, what(k))
				continue
			}
			p.seen[k] = r.N
		}
	}
}

// what names a key without the value: ID numbers are not repeated in reports.
func what(key string) string {
	word, value, _ := strings.Cut(key, " ")
	if word == "身份证号" {
		return word
	}
	return word + " " + value
}

// createAll inserts rows, none for an empty list.
func createAll[T any](tx *gorm.DB, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.CreateInBatches(rows, batchSize).Error
}

// note keeps what is wrong, hands passwords over and moves the job on.
func (b *batch) note(rows []roster.Row) error {
	if b.write && !b.writing() {
		b.counts = Counts{Bad: b.counts.Bad}
	}
	if b.silent {
		return b.beat(map[string]any{})
	}
	var bad []ImportError
	for i := range rows {
		if r := &rows[i]; !r.OK() {
			bad = append(bad, ImportError{ImportID: b.j.ID, RowNo: r.N, Reason: clipRunes(strings.Join(r.Problems, "；"), messageMax)})
		}
	}
	if len(bad) > 0 {
		if err := b.tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&bad).Error; err != nil {
			return err
		}
	}
	if len(b.passwords) > 0 {
		raw, err := json.Marshal(b.passwords) //nolint:gosec // G117: sealed below, to be fetched once by whoever applied it
		if err != nil {
			return err
		}
		id := newID()
		row := ImportPasswords{ID: id, ImportID: b.j.ID, Body: b.s.keys.Seal(columnPasswords, id, string(raw))}
		if err := b.tx.Create(&row).Error; err != nil {
			return err
		}
	}
	plus := func(column string, n int) clause.Expr { return gorm.Expr(column+" + ?", n) }
	return b.beat(map[string]any{
		"processed": plus("processed", len(rows)), "created": plus("created", b.counts.Created), "changed": plus("changed", b.counts.Changed),
		"same": plus("same", b.counts.Same), "bad": plus("bad", b.counts.Bad),
	})
}

// beat is the job's sign of life. A job that was given up, and another took over, stops.
func (b *batch) beat(change map[string]any) error {
	var n int64
	err := forUpdate(b.tx.Model(&ImportJob{})).Where("id = ? AND run = ?", b.j.ID, b.j.Run).Count(&n).Error
	if err == nil && n == 0 {
		return apperr.Wrap(errGivenUp, apperr.Conflict, "这次导入已被另一次代替，已停止。")
	}
	if err != nil {
		return err
	}
	change["beat_at"] = b.s.Now()
	return b.tx.Model(&ImportJob{}).Where("id = ?", b.j.ID).Updates(change).Error
}

// loadOrgs looks up the organisations that rows name and that are not known yet.
func (b *batch) loadOrgs() error {
	var codes []string
	for _, r := range b.rows {
		for _, code := range []string{r.Org, r.Code} {
			if code != "" && b.coded(code) == nil {
				codes = append(codes, code)
			}
		}
	}
	for some := range slices.Chunk(sorted(codes), batchSize) {
		var orgs []Org
		if err := b.tx.Where("code IN ?", some).Find(&orgs).Error; err != nil {
			return err
		}
		for i := range orgs {
			b.fresh[orgs[i].Code] = &orgs[i]
		}
	}
	return nil
}

// coded is the organisation with a code, nil when there is none.
func (b *batch) coded(code string) *Org {
	if o := b.fresh[code]; o != nil {
		return o
	}
	return b.orgs[code]
}

// org is the organisation a row names, if whoever imports reaches it.
func (b *batch) org(r *roster.Row) *Org {
	if o := b.coded(r.Org); o != nil && b.rights.Reach.Covers(o.Path) {
		return o
	}
	r.Badf("找不到代码为%s的单位，或不在您的管理范围内", r.Org)
	return nil
}

// school is org where only a school will do.
func (b *batch) school(r *roster.Row) *Org {
	o := b.org(r)
	if o != nil && o.Level != LevelSchool {
		r.Badf("代码%s不是学校", r.Org)
		return nil
	}
	return o
}
