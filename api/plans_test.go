//go:build !race

// There is nothing concurrent in reading a plan, and the race detector makes it take
// minutes.

package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// bounded is how many rows a list may read or sort for one page. MySQL itself rather reads
// a few thousand rows from end to end than look them up one by one.
const bounded = 10_000

// whole are tables that are read for one cohort at most, and sorted by a column of another:
// at worst all schools of a province.
var whole = map[string]int{"cohort_schools": testkit.BulkCases}

// crowd is who asks for lists: everybody above the first case, and some of its school.
func crowd(t *testing.T, r *rig, b *testkit.Bulk) []person {
	t.Helper()
	school, err := r.store.OrgByCode(t.Context(), b.School)
	require.NoError(t, err)
	people := []person{r.as(b.Reviewer.ID)}
	for i, at := range []struct {
		role domain.Role
		org  string
	}{
		{domain.RoleSysadmin, b.Province.ID}, {domain.RoleCityOffice, b.Province.ID}, {domain.RoleAuditor, b.Province.ID},
		{domain.RoleSecurity, b.Province.ID}, {domain.RoleAudit, b.Province.ID},
		{domain.RoleSchoolAdmin, school.ID}, {domain.RoleTeacher, school.ID},
	} {
		u, err := r.store.CreateUser(t.Context(), models.NewUser{
			Login: fmt.Sprintf("crowd%d", i), Name: "某人", PasswordHash: "unusable", OrgID: at.org, Roles: []domain.Role{at.role},
		})
		require.NoError(t, err)
		people = append(people, r.as(u.ID))
	}
	return people
}

// lists are the operations of the contract that answer with a page of a list.
func lists(t *testing.T) map[string]*openapi3.Operation {
	t.Helper()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	found := map[string]*openapi3.Operation{}
	for path, item := range spec.Paths.Map() {
		if op := item.Get; op != nil {
			op.Parameters = append(slices.Clone(item.Parameters), op.Parameters...)
			if op.Parameters.GetByInAndName("query", "cursor") != nil {
				found[path] = op
			}
		}
	}
	return found
}

// samples are values for the parameters that have no enumeration.
func samples(b *testkit.Bulk, now time.Time) map[string]string {
	day := now.Format(time.RFC3339)
	return map[string]string{
		"caseId": b.School, "cohortId": b.Cohort.ID, "importId": b.School, "bulletinId": b.School, "run": b.School, "runId": b.School, "erasureId": b.School,
		"actor": "u" + b.School, "case_id": b.School, "cohort_id": b.Cohort.ID, "district_id": b.Districts[0].ID, "group_id": b.School + "-0",
		"org_id": b.Districts[0].ID, "parent_id": b.Districts[0].ID, "under": b.Districts[0].ID, "q": "0177", "year": "2026", "stuck_days": "10",
		"task": string(domain.TaskFiling), "result": string(domain.ResultPassed), "due_before": day, "due_after": day, "from": day, "to": day,
		"kind": "submit_plan", "viewer": "u" + b.School, "subject": "u" + b.School, "batch_id": b.School,
		"channel_id": b.School, "code": "timeout", "since": day, "until": day,
		"action": "user.grant", "subject_kind": "user", "subject_id": "u" + b.School,
	}
}

// together are filters, or their values, that mean nothing without another.
var together = map[string][2]string{
	"from": {"entered", string(domain.StageFiling)}, "to": {"entered", string(domain.StageFiling)}, "done": {"box", "done"}, "-done": {"box", "done"},
	"sort=acknowledged": {"state", "read"}, "sort=-acknowledged": {"state", "read"},
}

// asks are the queries of a list: as it is, in each order, and narrowed by each filter.
func asks(t *testing.T, path string, op *openapi3.Operation, sample map[string]string) []string {
	t.Helper()
	queries := []url.Values{{}}
	for _, ref := range op.Parameters {
		p := ref.Value
		if slices.Contains([]string{"cursor", "limit", "format"}, p.Name) {
			continue
		}
		value, known := sample[p.Name]
		if p.In == openapi3.ParameterInPath {
			require.True(t, known, "%s: give a sample for {%s}", op.OperationID, p.Name)
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
			continue
		}
		values := []string{value}
		switch s := p.Schema.Value; {
		case p.Name == "sort" || p.Name == "box" || p.Name == "state" || p.Name == "status":
			values = nil
			for _, v := range s.Enum {
				values = append(values, fmt.Sprint(v))
			}
		case len(s.Enum) > 0:
			values = []string{fmt.Sprint(s.Enum[0])}
		case s.Type.Is("boolean"):
			values = []string{"true", "false"}
		default:
			require.True(t, known, "%s: give a sample for %s", op.OperationID, p.Name)
		}
		for _, v := range values {
			if s := p.Schema.Value; s.Format == "date" {
				v = v[:len("2006-01-02")]
			}
			q := url.Values{p.Name: {v}}
			for _, word := range []string{p.Name, v, p.Name + "=" + v} {
				if with, needs := together[word]; needs && op.Parameters.GetByInAndName("query", with[0]) != nil {
					q.Set(with[0], with[1])
				}
			}
			queries = append(queries, q)
		}
	}
	urls := make([]string, len(queries))
	for i, q := range queries {
		urls[i] = path + "?" + q.Encode()
	}
	return urls
}

// With 30,000 cases and a million participations every list of the contract is read along
// an index, whoever asks for it, in whatever order and however it is narrowed.
func testListPlans(t *testing.T, db *gorm.DB, districts int) {
	t.Helper()
	clock := testkit.NewClock()
	store := models.New(db, clock.Now, testkit.Keyring(t))
	began := time.Now()
	b := testkit.NewBulk(t, store)
	b.Fill(t, db, districts)
	t.Logf("loaded in %s", time.Since(began).Round(time.Second))
	var n int64
	require.NoError(t, db.Table("participations").Count(&n).Error)
	require.EqualValues(t, districts*testkit.DistrictParticipations, n)
	r := newRig(t, store)
	people, sample := crowd(t, r, b), samples(b, clock.Now())
	tables, err := db.Migrator().GetTables()
	require.NoError(t, err)
	w := watch{t: t, db: db, tables: tables, seen: map[string]bool{}}
	testkit.Recorded(t, db, func(st testkit.Statement) { w.said = append(w.said, st) })
	for path, op := range lists(t) {
		answered := false
		for _, ask := range asks(t, path, op, sample) {
			for _, p := range people {
				answered = w.pages(p, op.OperationID, ask) || answered
			}
		}
		require.True(t, answered, "%s: nobody may ask for it", op.OperationID)
	}
	t.Logf("%d requests, %d statements, %s in all", w.requests, len(w.seen), time.Since(began).Round(time.Second))
}

// watch looks at how each statement is run, once.
type watch struct {
	t        *testing.T
	db       *gorm.DB
	tables   []string
	said     []testkit.Statement // by the request that is being answered
	seen     map[string]bool
	requests int
}

// pages asks for the first two pages of a list. It is false for who may not.
func (w *watch) pages(p person, op, ask string) bool {
	w.t.Helper()
	for cursor := ""; ; {
		w.said = nil
		page := p.get(ask + cursor)
		w.requests++
		if page.Code == http.StatusForbidden || page.Code == http.StatusNotFound {
			return false
		}
		body := ok[struct {
			Next string `json:"next"`
		}](page, http.StatusOK)
		w.check(op + " " + ask + cursor)
		if body.Next == "" || cursor != "" {
			return true
		}
		cursor = "&cursor=" + url.QueryEscape(body.Next)
	}
}

func (w *watch) check(what string) {
	w.t.Helper()
	for _, st := range w.said {
		if w.seen[st.SQL] {
			continue
		}
		w.seen[st.SQL] = true
		for _, step := range testkit.Plan(w.t, w.db, st) {
			if bad := w.slow(step); bad != "" {
				w.t.Errorf("%s: %s\n%s\n", what, bad, st.SQL)
			}
		}
	}
}

// slow says what is wrong with how a list reads a table. SQLite estimates nothing: of what
// it reads from end to end the rows are counted.
func (w *watch) slow(s testkit.Step) string {
	rows, most := s.Rows, max(bounded, whole[s.Table])
	if w.db.Name() == "sqlite" && s.Whole && slices.Contains(w.tables, s.Table) {
		pool, err := w.db.DB()
		require.NoError(w.t, err)
		require.NoError(w.t, pool.QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM "+s.Table).Scan(&rows))
		most /= testkit.BulkDistricts
	}
	switch {
	case rows <= most:
		return ""
	case s.Whole:
		return fmt.Sprintf("reads the whole of %s (%d rows)", s.Table, rows)
	case s.Walk:
		return fmt.Sprintf("walks %d rows of %s", rows, s.Table)
	case s.Sorts:
		return fmt.Sprintf("sorts %d rows of %s", rows, s.Table)
	}
	return ""
}

// The plans on MySQL wherever a server is named.
func TestListPlansMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	testListPlans(t, testkit.MySQL(t), testkit.BulkDistricts)
}

// SQLite plans by the schema alone: a tenth of the rows tells as much.
func TestListPlansSQLite(t *testing.T) {
	t.Parallel()
	testListPlans(t, testkit.SQLite(t), 1)
}
