package testkit

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/privacy"
)

// The shape of a Bulk's daily records.
const (
	dailyActivities = 2
	dailyTeachers   = 17
	// DistrictParticipations is how many participations Fill makes in a district.
	DistrictParticipations = BulkCases / BulkDistricts * dailyActivities * dailyTeachers
)

// fill is rows that the database makes for itself: so many for each row of a source, which
// is a table c with a condition. Columns have expressions over c and n.n, the number of
// the row from 0; what is not named is empty, zero, or the store's present.
type fill struct {
	table, source string
	times         int
	columns       map[string]string
}

// Fill adds the daily records of so many districts of a Bulk: every case's teachers take
// part in its activities, a million times in all of them; a tenth of the cases have
// everything else that grows with teachers and events. It takes the database some seconds.
func (b *Bulk) Fill(tb testing.TB, db *gorm.DB, districts int) {
	tb.Helper()
	const every, some = "cases c WHERE 1 = 1", "cases c WHERE c.id LIKE '%7'"
	notice := "'" + privacy.NoticeOf("", "", privacy.Rules()).Version + "'"
	teacher := "CONCAT('t', c.id, '-', n.n)"
	row := "CONCAT(c.id, '-', n.n)"
	mine := map[string]string{"case_id": "c.id", "user_id": teacher}
	with := func(base map[string]string, more ...string) map[string]string {
		all := maps.Clone(base)
		for i := 0; i+1 < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	owned := map[string]string{"id": row, "case_id": "c.id"}
	fills := []fill{
		{"activities", every, dailyActivities, with(owned, "group_id", "CONCAT(c.id, '-0')")},
		{"participations", every, dailyActivities * dailyTeachers, map[string]string{
			"activity_id": fmt.Sprintf("CONCAT(c.id, '-', n.n %% %d)", dailyActivities), "case_id": "c.id", "hours": "20", "year": "2026",
			"user_id": fmt.Sprintf("CONCAT('t', c.id, '-', FLOOR(n.n / %d))", dailyActivities),
		}},
		{"events", every, 3, map[string]string{
			"case_id": "c.id", "seq": "n.n + 1", "action_id": row, "kind": "'submit_plan'", "actor_id": "CONCAT('u', c.id)",
			"stage_before": "c.stage", "stage_after": "c.stage",
		}},
		{"actions", every, 3, with(owned, "actor_id", "CONCAT('u', c.id)", "kind", "'submit_plan'", "status", "'accepted'")},
		{"notices", every, 2, with(owned, "user_id", "CONCAT('u', c.id)", "source", row)},
		{"users", some, dailyTeachers, map[string]string{
			"id": teacher, "login": teacher, "name": "CONCAT('教师', n.n)", "org_id": "c.school_id", "privacy_version": notice}},
		{"privacy_acknowledgements", some, dailyTeachers, map[string]string{"user_id": teacher, "version": notice}},
		{"grants", some, dailyTeachers, map[string]string{"user_id": teacher, "role": "'teacher'", "org_id": "c.school_id"}},
		{"roster", some, dailyTeachers, with(mine, "name", "CONCAT('教师', n.n)", "group_id", "CONCAT(c.id, '-0')", "full_time", "1", "status", "'active'")},
		{"study_groups", some, 4, with(owned, "name", "CONCAT('组', n.n)")},
		{"topics", some, 4, with(owned, "group_id", "CONCAT(c.id, '-0')")},
		{"teacher_points", some, dailyTeachers, with(mine, "code", "'A1'")},
		{"practice", some, dailyTeachers, with(mine, "code", "'A1'", "status", "'submitted'")},
		{"initial_reviews", some, dailyTeachers, with(mine, "result", "'passed'")},
		{"credits", some, dailyTeachers, with(mine, "year", "2026", "state", "'recognized'")},
		{"files", some, dailyTeachers, with(owned, "slot_kind", "'practice'", "slot_key", row, "owner_id", teacher, "current_version", "1")},
		{"file_versions", some, dailyTeachers, map[string]string{"file_id": row, "n": "1", "object_key": row, "state": "'checked'", "granted_by": teacher}},
		{"copies", some, 4, with(owned, "seq", "n.n", "user_id", "'"+b.Reviewer.ID+"'")},
		{"urges", some, 4, map[string]string{"case_id": "c.id", "seq": "n.n"}},
		{"plan_revisions", some, 4, map[string]string{"case_id": "c.id", "version": "n.n + 1"}},
		{"filing_opinions", some, 4, map[string]string{"case_id": "c.id", "seq": "n.n"}},
		{"guidance_visits", some, 4, owned},
		{"team_members", some, 4, mine},
		{"roster_requests", some, 4, with(owned, "user_id", teacher, "open_slot", teacher, "status", "'open'")},
		{"alarms", every, 1, with(owned, "kind", "'stuck'", "workflow_id", "c.workflow_id")},
		{"imports", some, 1, map[string]string{"id": "c.id", "kind": "'teachers'", "path": "c.path", "started_by": "'" + b.Reviewer.ID + "'"}},
		{"import_errors", every, 1, map[string]string{"import_id": "'" + b.School + "'", "row_no": "SUBSTR(c.id, 2, 5) * 100 + SUBSTR(c.id, 8)"}},
		{"bulletins", every, 1, map[string]string{"id": "c.id", "org_id": "c.district_id", "path": "c.path", "author_id": "'" + b.Reviewer.ID + "'"}},
		{"bulletin_recipients", every, 1, map[string]string{
			"bulletin_id": "'" + b.School + "'", "user_id": "CONCAT('u', c.id)", "org_id": "c.school_id", "path": "c.path", "state": "'read'",
		}},
		{"erasure_runs", every, 1, map[string]string{
			"id": "c.id", "org_id": "c.district_id", "path": "c.path", "kind": "'asked'", "classes": "'account'", "open_slot": "c.id", "status": "'done'",
		}},
		{"erasure_items", every, 1, map[string]string{
			"run_id": "'" + b.School + "'", "no": "SUBSTR(c.id, 2, 5) * 100 + SUBSTR(c.id, 8)", "class": "'account'", "kind": "'account'",
			"ref": "CONCAT('u', c.id)", "path": "c.path", "state": "'due'",
		}},
		{"legal_holds", every, 1, map[string]string{"id": "c.id", "kind": "'case'", "path": "c.path", "open_slot": "c.id", "status": "'set'"}},
		{"case_runs", every, 1, map[string]string{"id": "c.id", "cohort_id": "c.cohort_id", "kind": "'calendar'"}},
		{"case_run_items", every, 1, map[string]string{
			"run_id": "'" + b.School + "'", "no": "SUBSTR(c.id, 2, 5) * 100 + SUBSTR(c.id, 8)", "case_id": "c.id", "action_id": "CONCAT(c.id, '-0')",
		}},
		{"reconcile_runs", every, 1, map[string]string{"id": "c.id", "slot": "c.id", "status": "'done'", "checked": "0"}},
		{"reconcile_findings", every, 1, map[string]string{
			"run_id": "'" + b.School + "'", "n": "SUBSTR(c.id, 2, 5) * 100 + SUBSTR(c.id, 8)", "kind": "'sql_ahead'", "case_id": "c.id",
		}},
	}
	tables := make([]string, len(fills))
	for i, f := range fills {
		f.run(tb, patient(tb, db), districts)
		tables[i] = f.table
	}
	if db.Name() == "mysql" {
		require.NoError(tb, db.Exec("ANALYZE TABLE "+strings.Join(tables, ", ")).Error)
	}
}

func (f fill) run(tb testing.TB, db *gorm.DB, districts int) {
	tb.Helper()
	types, err := db.Migrator().ColumnTypes(f.table)
	require.NoError(tb, err)
	known := map[string]bool{}
	var names, values []string
	for _, c := range types {
		value, given := f.columns[c.Name()]
		known[c.Name()] = true
		if nullable, _ := c.Nullable(); !given && nullable {
			continue
		}
		if !given {
			value = empty(c.DatabaseTypeName())
		}
		names, values = append(names, c.Name()), append(values, value)
	}
	for name := range f.columns {
		require.True(tb, known[name], "%s has no column %s", f.table, name)
	}
	numbers := make([]string, f.times)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("SELECT %d AS n", i)
	}
	from := strings.Replace(f.source, " WHERE ", " CROSS JOIN ("+strings.Join(numbers, " UNION ALL ")+") n WHERE ", 1)
	sql := "INSERT INTO " + f.table + " (" + strings.Join(names, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM " + from
	for i := range districts { // one after the other: no statement may take long
		require.NoError(tb, db.Exec(sql+fmt.Sprintf(" AND c.id LIKE 's%02d%%'", i)).Error, f.table)
	}
}

// empty is a value for a column that says nothing, by its type.
func empty(kind string) string {
	kind = strings.ToLower(kind)
	switch {
	case strings.Contains(kind, "int"), strings.Contains(kind, "bool"):
		return "0"
	case strings.Contains(kind, "date"):
		return "c.opened_at"
	default:
		return "''"
	}
}
