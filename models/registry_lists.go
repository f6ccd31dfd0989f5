package models

import (
	"context"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

// RegistryBatchView is a batch with how far it is.
type RegistryBatchView struct {
	RegistryBatch

	Creator string
	Office  string
	Counts  map[registry.State]int `gorm:"-"`
}

var batchOrders = map[string]order[RegistryBatchView]{
	"created":  {"b.created_at, b.id", batchCreated},
	"-created": {"b.created_at DESC, b.id DESC", batchCreated},
}

func batchCreated(v *RegistryBatchView) []any { return []any{&v.CreatedAt, &v.ID} }

// RegistryBatches lists the batches of offices in scope, the newest first.
func (s *Store) RegistryBatches(ctx context.Context, scope Scope, state BatchState, p Page) ([]RegistryBatchView, string, error) {
	o, p, err := chosen(batchOrders, p, "-created")
	if err != nil {
		return nil, "", err
	}
	q := scope.within(s.batchViews(ctx), "b.path", "")
	if state != "" {
		q = q.Where("b.state = ?", state)
	}
	rows, next, err := paged(q, p, o.by, o.keys, "list batches")
	if err != nil {
		return nil, "", err
	}
	return rows, next, s.countBatches(ctx, rows)
}

func (s *Store) batchViews(ctx context.Context) *gorm.DB {
	return s.DB(ctx).Table("registry_batches b").Select("b.*, COALESCE(u.name, '') AS creator, COALESCE(o.name, '') AS office").
		Joins("LEFT JOIN users u ON u.id = b.created_by").Joins("LEFT JOIN orgs o ON o.path = b.path")
}

func (s *Store) countBatches(ctx context.Context, rows []RegistryBatchView) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var counts []struct {
		BatchID string
		State   registry.State
		N       int
	}
	err := s.DB(ctx).Model(&RegistryRecord{}).Select("batch_id, state, COUNT(*) AS n").Where("batch_id IN ?", ids).
		Group("batch_id, state").Scan(&counts).Error
	by := map[string]map[registry.State]int{}
	for _, c := range counts {
		if by[c.BatchID] == nil {
			by[c.BatchID] = map[registry.State]int{}
		}
		by[c.BatchID][c.State] = c.N
	}
	for i := range rows {
		rows[i].Counts = by[rows[i].ID]
	}
	return fail(err, "count records of batches")
}

// RegistryBatch is one batch in scope.
func (s *Store) RegistryBatch(ctx context.Context, scope Scope, id string) (*RegistryBatchView, error) {
	var v RegistryBatchView
	if err := scope.within(s.batchViews(ctx), "b.path", "").Where("b.id = ?", id).Take(&v).Error; err != nil {
		return nil, found(err, "报送批次", "load batch")
	}
	rows := []RegistryBatchView{v}
	err := s.countBatches(ctx, rows)
	return &rows[0], err
}

// RegistryRecordFilter narrows a list of records; empty fields do not.
type RegistryRecordFilter struct {
	State   registry.State
	CaseID  string
	BatchID string
	Year    int
	Text    string // a teacher's name, or a record's number
}

// RegistryRecordView is a record with names.
type RegistryRecordView struct {
	RegistryRecord

	Name         string
	IDNumberMask string
	SchoolName   string
}

var recordOrders = map[string]order[RegistryRecordView]{
	"school":  {"r.path, r.no", recordSchool},
	"-school": {"r.path DESC, r.no DESC", recordSchool},
}

func recordSchool(v *RegistryRecordView) []any { return []any{&v.Path, &v.No} }

// RegistryRecords lists records in scope by school.
func (s *Store) RegistryRecords(ctx context.Context, scope Scope, f RegistryRecordFilter, p Page) ([]RegistryRecordView, string, error) {
	o, p, err := chosen(recordOrders, p, "school")
	if err != nil {
		return nil, "", err
	}
	q := s.DB(ctx).Table("registry_records r").
		Select("r.*, users.name, users.id_number_mask, cases.school_name").
		Joins("CROSS JOIN users ON users.id = r.user_id").Joins("CROSS JOIN cases ON cases.id = r.case_id")
	q = scope.within(q, "r.path", "r.case_id")
	for column, value := range map[string]string{"r.state": string(f.State), "r.case_id": f.CaseID, "r.batch_id": f.BatchID} {
		if value != "" {
			q = q.Where(column+" = ?", value)
		}
	}
	if f.Year != 0 {
		q = q.Where("r.year = ?", f.Year)
	}
	if f.Text != "" {
		q = q.Where("(users.name LIKE ? ESCAPE '!' OR r.no = ?)", contains(f.Text), f.Text)
	}
	return paged(q, p, o.by, o.keys, "list records")
}

// RegistryEntryView is a line of a journal with who wrote it.
type RegistryEntryView struct {
	RegistryEntry

	By string
}

// RegistryJournal is what happened to a record in scope, in order.
func (s *Store) RegistryJournal(ctx context.Context, scope Scope, no string) ([]RegistryEntryView, error) {
	var r RegistryRecord
	err := scope.within(s.DB(ctx), "registry_records.path", "registry_records.case_id").Where("no = ?", no).Take(&r).Error
	if err != nil {
		return nil, found(err, "登记记录", "load record")
	}
	var rows []RegistryEntryView
	err = s.DB(ctx).Table("registry_journal j").Select("j.*, COALESCE(u.name, m.name, '') AS `by`").
		Joins("LEFT JOIN machine_tokens m ON m.id = j.by_user").
		Joins("LEFT JOIN users u ON u.id = j.by_user").Where("j.no = ?", no).Order("j.id").Find(&rows).Error
	return rows, fail(err, "load journal")
}

// RegistryReversalView is a request with names.
type RegistryReversalView struct {
	RegistryReversal

	Name       string
	SchoolName string
	Asker      string
	Decider    string
}

var reversalOrders = map[string]order[RegistryReversalView]{
	"asked":  {"v.asked_at, v.id", reversalAsked},
	"-asked": {"v.asked_at DESC, v.id DESC", reversalAsked},
}

func reversalAsked(v *RegistryReversalView) []any { return []any{&v.AskedAt, &v.ID} }

// RegistryReversals lists requests in scope, the newest leading.
func (s *Store) RegistryReversals(ctx context.Context, scope Scope, state ReversalState, p Page) ([]RegistryReversalView, string, error) {
	o, p, err := chosen(reversalOrders, p, "-asked")
	if err != nil {
		return nil, "", err
	}
	q := s.DB(ctx).Table("registry_reversals v").
		Select("v.*, COALESCE(t.name, '') AS name, COALESCE(c.school_name, '') AS school_name, COALESCE(a.name, '') AS asker, " +
			"COALESCE(d.name, '') AS decider").
		Joins("LEFT JOIN users t ON t.id = v.user_id").Joins("LEFT JOIN cases c ON c.id = v.case_id").
		Joins("LEFT JOIN users a ON a.id = v.asked_by").Joins("LEFT JOIN users d ON d.id = v.decided_by")
	q = scope.within(q, "v.path", "v.case_id")
	if state != "" {
		q = q.Where("v.state = ?", state)
	}
	return paged(q, p, o.by, o.keys, "list reversals")
}

var strayOrders = map[string]order[RegistryStray]{
	"at":  {"registry_strays.at, registry_strays.id", strayAt},
	"-at": {"registry_strays.at DESC, registry_strays.id DESC", strayAt},
}

func strayAt(v *RegistryStray) []any { return []any{&v.At, &v.ID} }

// RegistryStrays lists answers that fit nothing, of registries in scope or above it, the
// newest leading.
func (s *Store) RegistryStrays(ctx context.Context, scope Scope, p Page) ([]RegistryStray, string, error) {
	o, p, err := chosen(strayOrders, p, "-at")
	if err != nil {
		return nil, "", err
	}
	q := scope.within(s.DB(ctx).Table("registry_strays"), "registry_strays.path", "")
	return paged(q, p, o.by, o.keys, "list stray answers")
}

// RegistryBalance compares, of a case, the ledger with what was sent and what is booked.
type RegistryBalance struct {
	ID         string // of the case
	SchoolName string
	CohortName string
	Stage      domain.Stage

	Due       RegistrySum                    `gorm:"-"` // confirmed, less what was taken back
	Waiting   int                            `gorm:"-"` // rows of it that are not with the registry
	ByState   map[registry.State]RegistrySum `gorm:"-"` // reversals among them, with hours below zero
	Reversals int                            `gorm:"-"` // requests that wait for a second person
}

// RegistrySum counts rows and adds up their hours.
type RegistrySum struct {
	Rows  int
	Hours domain.Hours
}

// Booked is what the registry holds.
func (b RegistryBalance) Booked() domain.Hours { return b.ByState[registry.Acknowledged].Hours }

// Balanced reports whether the registry holds what the ledger says, and nothing is open.
func (b RegistryBalance) Balanced() bool {
	return b.Booked() == b.Due.Hours && b.Waiting == 0 && b.ByState[registry.Disputed].Rows == 0
}

// RegistryBalanceFilter narrows the comparison; empty fields do not.
type RegistryBalanceFilter struct {
	CohortID string
	Stage    domain.Stage
	Text     string // within the school's name
}

var balanceOrders = map[string]order[Case]{
	"school":  {"cases.school_name, cases.id", caseName},
	"-school": {"cases.school_name DESC, cases.id DESC", caseName},
}

// RegistryBalances compares ledger and registry by case, of cases in scope that have hours.
func (s *Store) RegistryBalances(ctx context.Context, scope Scope, f RegistryBalanceFilter, p Page) ([]RegistryBalance, string, error) {
	o, p, err := chosen(balanceOrders, p, "school")
	if err != nil {
		return nil, "", err
	}
	// Sorting reads the keys only.
	q := scope.within(s.DB(ctx).Table("cases"), "cases.path", "cases.id").Select("cases.id, cases.school_name").
		Where("EXISTS (SELECT /*+ NO_SEMIJOIN() */ 1 FROM credits WHERE credits.case_id = cases.id)")
	if f.CohortID != "" {
		q = q.Where("cases.cohort_id = ?", f.CohortID)
	}
	if f.Stage != "" {
		q = q.Where("cases.stage = ?", f.Stage)
	}
	if f.Text != "" {
		q = q.Where("cases.school_name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	heads, next, err := paged(q, p, o.by, o.keys, "compare ledger and registry")
	if err != nil || len(heads) == 0 {
		return nil, next, err
	}
	ids := make([]string, len(heads))
	for i := range heads {
		ids[i] = heads[i].ID
	}
	var list []RegistryBalance
	err = s.DB(ctx).Table("cases").Select("cases.id, cases.school_name, cohorts.name AS cohort_name, cases.stage").
		Joins("CROSS JOIN cohorts ON cohorts.id = cases.cohort_id").Where("cases.id IN ?", ids).Order(o.by).Find(&list).Error
	if err != nil {
		return nil, "", fail(err, "load cases to compare")
	}
	for i := range list {
		list[i].ByState = map[registry.State]RegistrySum{}
	}
	return list, next, s.sumRegistry(ctx, list)
}

// sumRegistry adds up what was confirmed and what became of it.
func (s *Store) sumRegistry(ctx context.Context, list []RegistryBalance) error {
	at, ids := map[string]*RegistryBalance{}, make([]string, len(list))
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	var due, sums []struct {
		CaseID string
		State  registry.State
		N      int
		Hours  domain.Hours
	}
	err := s.DB(ctx).Table("credits").Where("credits.case_id IN ? AND credits.state <> ?", ids, domain.CreditRecognized).
		Select("credits.case_id, COUNT(*) AS n, SUM(" + registryDue + ") AS hours").Group("credits.case_id").Scan(&due).Error
	if err != nil {
		return fail(err, "sum ledgers")
	}
	for _, d := range due {
		at[d.CaseID].Due = RegistrySum{d.N, d.Hours}
	}
	err = s.DB(ctx).Model(&RegistryRecord{}).Where("case_id IN ?", ids).
		Select("case_id, state, COUNT(*) AS n, SUM(hours) AS hours").Group("case_id, state").Scan(&sums).Error
	if err != nil {
		return fail(err, "sum records")
	}
	for _, n := range sums {
		at[n.CaseID].ByState[n.State] = RegistrySum{n.N, n.Hours}
	}
	for i := range list {
		var n, asked int64
		err := candidates(s.DB(ctx), list[i].ID).Count(&n).Error
		if err == nil {
			err = s.DB(ctx).Model(&RegistryReversal{}).Where("case_id = ? AND state = ?", list[i].ID, ReversalAsked).Count(&asked).Error
		}
		if err != nil {
			return fail(err, "count what waits")
		}
		list[i].Waiting, list[i].Reversals = int(n), int(asked)
	}
	return nil
}
