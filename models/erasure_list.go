package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/domain"
)

const classAccount = "account"

// Kinds of items that are not months of a table.
const (
	itemAccount = "account"
	itemDrafts  = "drafts"
	itemStudy   = "study"
	itemFiles   = "files"
)

// lister lists a kind of item that is due, in batches: those after a key, and the key to go
// on after, "" when there are no more.
type lister struct {
	class string
	list  func(s *Store, tx *gorm.DB, l *listing, after string) ([]ErasureItem, string, error)
}

// listing is what the list of a run is made with.
type listing struct {
	run    *ErasureRun
	before time.Time // what ended by then is due
	holds  inForce
}

var listers = func() []lister {
	list := []lister{ // in the order of privacy.Rules
		{classAccount, (*Store).dueAccounts},
		{"draft", dueCases(itemDrafts, &PlanDraft{}, &ScoreDraft{})},
		{"study", dueCases(itemStudy, &Participation{}, &PersonalPlan{}, &TeacherPoint{})},
		{"file", (*Store).dueFiles},
	}
	for _, m := range months {
		list = append(list, lister{m.class, m.due})
	}
	return list
}()

// erasureRetry is how long a run rests that failed.
const erasureRetry = time.Minute

// Discard removes one version of an object, or, without a version, all that the store has of
// it; locked says that something must not be removed yet.
type Discard func(ctx context.Context, key, version string) (locked bool, err error)

// Erase goes on with one run that is due: it lists some items, or erases one. It reports
// whether there was anything to do. How far it is moves on in the transaction of each step,
// so that it is resumed wherever it was cut off.
func (s *Store) Erase(ctx context.Context, discard Discard) (bool, error) {
	var due []ErasureRun
	err := s.DB(ctx).Select("id", "status").Where("due_at <= ?", s.Now()).Order("due_at, id").Limit(1).Find(&due).Error
	if err != nil || len(due) == 0 {
		return false, fail(err, "look for erasures")
	}
	step := s.listSome
	if due[0].Status == ErasureRunning {
		step = func(ctx context.Context, id string) (bool, error) { return s.eraseSome(ctx, id, discard) }
	}
	mine, err := step(ctx, due[0].ID)
	if err == nil || ctx.Err() != nil {
		return mine, err
	}
	later := s.Now().Add(erasureRetry)
	rest := s.DB(ctx).Model(&ErasureRun{}).Where("id = ? AND due_at IS NOT NULL", due[0].ID).UpdateColumn("due_at", later).Error
	if rest != nil {
		err = fmt.Errorf("%w (%w)", err, rest)
	}
	return false, err
}

// claimErasure locks a run unless another worker is at it.
func claimErasure(tx *gorm.DB, id string, in ErasureStatus) (*ErasureRun, error) {
	var r ErasureRun
	err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Where("id = ? AND status = ?", id, in).Limit(1).Find(&r).Error
	return &r, fail(err, "claim erasure")
}

func (s *Store) listSome(ctx context.Context, id string) (mine bool, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		mine = false
		r, err := claimErasure(tx, id, ErasureListing)
		if err != nil || r.ID == "" {
			return err
		}
		mine = true
		index, after, _ := strings.Cut(r.Listed, "|")
		n, _ := strconv.Atoi(index)
		for n < len(listers) && !strings.Contains(","+r.Classes+",", ","+listers[n].class+",") {
			n++
		}
		if n == len(listers) {
			return s.listed(tx, r)
		}
		class := listers[n].class
		l, err := listingOf(tx, r, class)
		if err != nil {
			return err
		}
		items, next, err := listers[n].list(s, tx, l, after)
		if err != nil {
			return err
		}
		if next == "" {
			n++
		}
		for i := range items {
			items[i].RunID, items[i].No, items[i].Class = r.ID, r.Items+i+1, class
		}
		if len(items) > 0 {
			if err := tx.CreateInBatches(items, batchSize).Error; err != nil {
				return err
			}
		}
		return tx.Model(r).UpdateColumns(map[string]any{"listed": strconv.Itoa(n) + "|" + next, "items": r.Items + len(items)}).Error
	})
	return mine, fail(err, "list what is due")
}

// listingOf is what is due by the time a run was prepared, as the rules and holds are now.
func listingOf(tx *gorm.DB, r *ErasureRun, class string) (*listing, error) {
	by, err := cutoffs(tx, r.PreparedAt)
	if err != nil {
		return nil, err
	}
	held, err := heldBy(tx)
	return &listing{r, by[class], held}, err
}

// listed closes a list, and tells one person who may propose it, or nobody when it is empty.
func (s *Store) listed(tx *gorm.DB, r *ErasureRun) error {
	sum, err := listDigest(tx, r.ID)
	if err != nil {
		return err
	}
	r.Status, r.SHA256, r.DueAt = ErasureListed, sum, nil
	if r.Items == 0 {
		r.Status = ErasureEmpty
		if r.Kind == ErasurePerson {
			r.OpenSlot = r.ID
		}
	}
	if err := tx.Save(r).Error; err != nil {
		return err
	}
	if err := audit(tx, erasing("erasure.list", *r, nil)); err != nil || r.Status == ErasureEmpty {
		return err
	}
	to := []string{r.PreparedBy}
	if r.PreparedBy == "" {
		if to, err = s.approvers(tx, r); err != nil {
			return err
		}
	}
	return s.tellErasure(tx, r, to, "listed", "待提出：到期的个人信息已列出", fmt.Sprintf("%s，共%d项。请核对后提出，由另一人批准。", r.Reason, r.Items))
}

// listDigest is the digest of a list in its order.
func listDigest(tx *gorm.DB, id string) (string, error) {
	sum, after := sha256.New(), 0
	for {
		var items []ErasureItem
		if err := tx.Where("run_id = ? AND no > ?", id, after).Order("no").Limit(maxLimit).Find(&items).Error; err != nil {
			return "", fail(err, "read list of erasure")
		}
		for _, i := range items {
			fmt.Fprintf(sum, "%d %s %s %s\n", i.No, i.Class, i.Kind, i.Ref)
			after = i.No
		}
		if len(items) < maxLimit {
			return hex.EncodeToString(sum.Sum(nil)), nil
		}
	}
}

// dueAccounts are accounts that have been disabled for long, or the one the run is about.
func (s *Store) dueAccounts(tx *gorm.DB, l *listing, after string) ([]ErasureItem, string, error) {
	var rows []struct {
		User

		Path string
	}
	q := tx.Table("users").Select("users.*, orgs.path AS path").Joins("JOIN orgs ON orgs.id = users.org_id").Where("users.erased_at IS NULL")
	if l.run.Kind == ErasurePerson {
		q = q.Where("users.id = ?", l.run.SubjectID)
	} else {
		q = q.Where("users.disabled = ? AND users.updated_at < ?", true, l.before)
	}
	q = Scope{Paths: []string{l.run.Path}}.Orgs(q).Where("users.id > ?", after)
	if err := q.Order("users.id").Limit(batchSize).Find(&rows).Error; err != nil {
		return nil, "", fail(err, "list accounts")
	}
	users := make([]User, len(rows))
	for i, r := range rows {
		users[i] = r.User
	}
	why, err := neededOf(tx, l.holds, users)
	if err != nil {
		return nil, "", err
	}
	items := make([]ErasureItem, 0, len(rows))
	next := ""
	for _, u := range rows {
		i := ErasureItem{Kind: itemAccount, Ref: u.ID, Path: u.Path, Amount: 1, Since: u.UpdatedAt, State: ItemDue}
		if note := why[u.ID]; note != "" {
			i.State, i.Note = ItemHeld, note
		}
		items = append(items, i)
		next = u.ID
	}
	if len(rows) < batchSize {
		next = ""
	}
	return items, next, nil
}

// closedCases are cases that were closed long ago, those after one.
func (l *listing) closedCases(tx *gorm.DB, after string) ([]Case, error) {
	var rows []Case
	q := Scope{Paths: []string{l.run.Path}}.Cases(tx.Model(&Case{}).Select("cases.id", "cases.path", "cases.closed_at"))
	err := q.Where("cases.stage = ? AND cases.closed_at < ? AND cases.id > ?", domain.StageClosed, l.before, after).
		Order("cases.id").Limit(batchSize).Find(&rows).Error
	return rows, fail(err, "list closed cases")
}

// item is what a case has of a kind.
func (l *listing) item(kind string, c Case, amount int64) ErasureItem {
	i := ErasureItem{Kind: kind, Ref: c.ID, Path: c.Path, Amount: int(amount), Since: *c.ClosedAt, State: ItemDue}
	if l.heldCase(c) {
		i.State, i.Note = ItemHeld, heldNote
	}
	return i
}

func (l *listing) heldCase(c Case) bool {
	return l.holds.place(c.Path) || slices.Contains(l.holds.cases, c.ID)
}

// dueCases lists closed cases that have rows in some tables by case.
func dueCases(kind string, tables ...any) func(*Store, *gorm.DB, *listing, string) ([]ErasureItem, string, error) {
	return func(_ *Store, tx *gorm.DB, l *listing, after string) ([]ErasureItem, string, error) {
		queries := make([]*gorm.DB, len(tables))
		for i, t := range tables {
			queries[i] = tx.Model(t)
		}
		return l.dueIn(tx, after, kind, "case_id", queries...)
	}
}

// dueIn lists closed cases of which some queries find rows; column is where those name it.
func (l *listing) dueIn(tx *gorm.DB, after, kind, column string, queries ...*gorm.DB) ([]ErasureItem, string, error) {
	rows, err := l.closedCases(tx, after)
	if err != nil || len(rows) == 0 {
		return nil, "", err
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	amounts := map[string]int64{}
	for _, q := range queries {
		var found []struct {
			CaseID string
			N      int64
		}
		if err := q.Select(column+" AS case_id, COUNT(*) AS n").Where(column+" IN ?", ids).Group(column).Find(&found).Error; err != nil {
			return nil, "", fail(err, "count rows of cases")
		}
		for _, f := range found {
			amounts[f.CaseID] += f.N
		}
	}
	var items []ErasureItem
	for _, c := range rows {
		if n := amounts[c.ID]; n > 0 {
			items = append(items, l.item(kind, c, n))
		}
	}
	if len(rows) < batchSize {
		return items, "", nil
	}
	return items, rows[len(rows)-1].ID, nil
}

func (s *Store) dueFiles(tx *gorm.DB, l *listing, after string) ([]ErasureItem, string, error) {
	return l.dueIn(tx, after, itemFiles, "files.case_id", standing(tx))
}

// standing are the versions of files that have not been erased.
func standing(tx *gorm.DB) *gorm.DB {
	return tx.Model(&FileVersion{}).Joins("JOIN files ON files.id = file_versions.file_id").Where("file_versions.state <> ?", FileErased)
}

// standingVersions are the versions of a case's files that have not been erased.
func standingVersions(tx *gorm.DB, caseID string) *gorm.DB {
	return standing(tx).Where("files.case_id = ?", caseID)
}
