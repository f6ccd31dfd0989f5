package stuck_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/require"

	"zhengxiao/activities"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/stuck"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// at walks one case to where next leaves it.
func at(t *testing.T, next func(lifecycle.Script)) *lifecycle.World {
	t.Helper()
	w := lifecycle.New(t)
	c, _ := w.Open(t)
	require.NoError(t, w.Store.MarkOpened(t.Context(), w.Cohort.ID, w.School.ID, c.ID))
	next(lifecycle.Script{T: t, W: w, CaseID: c.ID, Send: func(e activities.Envelope) {
		t.Helper()
		d, err := w.Store.Decide(t.Context(), c.ID, w.State(t, c.ID).Seq, e.Received())
		require.NoError(t, err)
		require.NoError(t, d.Outcome.Err())
	}})
	return w
}

func collect(t *testing.T, w *lifecycle.World, q stuck.Query) *stuck.Ledger {
	t.Helper()
	l, err := stuck.Collect(t.Context(), w.Store, q)
	require.NoError(t, err)
	return l
}

func TestCollect_names_who_is_waited_for_and_how_late(t *testing.T) {
	t.Parallel()
	w := at(t, func(s lifecycle.Script) { s.ToFiling() })
	filed := w.Now()
	line := collect(t, w, stuck.Query{}).Lines[0]
	require.Equal(t, "天河区第1小学", line.School)
	require.Equal(t, "天河区", line.District)
	require.Equal(t, domain.StageFiling, line.Stage)
	require.Equal(t, "天河区", line.Unit)
	require.Equal(t, "区工程办", line.RoleName)
	require.Equal(t, []string{"reviewer"}, line.Persons)
	require.Zero(t, line.WaitingDays)
	require.False(t, line.Overdue)
	require.Empty(t, line.Blockers)

	// Two working days after the end of the due day; the timer has not marked the case.
	w.Set(line.Due.AddDate(0, 0, 3))
	late := collect(t, w, stuck.Query{Overdue: true})
	require.Equal(t, 1, late.Overdue)
	require.True(t, late.Lines[0].Overdue)
	require.Positive(t, late.Lines[0].DaysOver)
	require.Greater(t, late.Lines[0].WaitingDays, late.Lines[0].DaysOver)
	require.WithinDuration(t, filed, *late.Lines[0].Since, 2*time.Minute)
}

func TestCollect_computes_blockers(t *testing.T) {
	t.Parallel()
	w := at(t, func(s lifecycle.Script) {
		s.ToFiling()
		s.Send(message(s, domain.ApprovePlan, s.W.Reviewer, domain.Body{Revision: 1}))
	})
	line := collect(t, w, stuck.Query{Stage: "校本研修"}).Lines[0]
	counts := map[models.BlockerKind]int{}
	for _, b := range line.Blockers {
		counts[b.Kind] = b.Count
		require.NotEmpty(t, b.Name, b.Kind)
		require.LessOrEqual(t, len(b.Names), b.Count)
	}
	for _, kind := range []models.BlockerKind{
		models.BlockerHours, models.BlockerPlan, models.BlockerPoints, models.BlockerReview, models.BlockerGrade,
	} {
		require.Equal(t, lifecycle.Teachers, counts[kind], kind)
	}
	require.Equal(t, 11, counts[models.BlockerDossier], "items 1 to 4 are filled by the system")
}

func message(s lifecycle.Script, k domain.Kind, a domain.Actor, b domain.Body) activities.Envelope {
	return s.W.Envelope(s.T, s.CaseID, k, a, b)
}

func TestCollect_filters(t *testing.T) {
	t.Parallel()
	w := at(t, func(lifecycle.Script) {})
	for name, tc := range map[string]struct {
		query stuck.Query
		lines int
		code  apperr.Code
	}{
		"everything":       {stuck.Query{}, 1, ""},
		"cohort by code":   {stuck.Query{Cohort: "2026A"}, 1, ""},
		"cohort by name":   {stuck.Query{Cohort: "2026年春季批次"}, 1, ""},
		"unknown cohort":   {stuck.Query{Cohort: "2025"}, 0, apperr.NotFound},
		"district by name": {stuck.Query{District: "天河区"}, 1, ""},
		"district by code": {stuck.Query{District: "th"}, 1, ""},
		"the city itself":  {stuck.Query{District: "广州市"}, 0, ""},
		"unknown district": {stuck.Query{District: "云上区"}, 0, apperr.NotFound},
		"stage by code":    {stuck.Query{Stage: "team"}, 1, ""},
		"stage by name":    {stuck.Query{Stage: "审核备案"}, 0, ""},
		"unknown stage":    {stuck.Query{Stage: "备案"}, 0, apperr.Invalid},
		"overdue only":     {stuck.Query{Overdue: true}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := stuck.Collect(t.Context(), w.Store, tc.query)
			require.Equal(t, tc.code, apperr.CodeOf(err), "%v", err)
			if err == nil {
				require.Len(t, l.Lines, tc.lines)
			}
		})
	}
}

func TestCollect_counts_schools_without_a_case(t *testing.T) {
	t.Parallel()
	l := collect(t, lifecycle.New(t), stuck.Query{})
	require.Empty(t, l.Lines)
	require.Equal(t, 1, l.NotStarted)
	var out bytes.Buffer
	require.NoError(t, l.Write(&out, "text"))
	require.Equal(t, "截至 2026-03-02 09:00：在办 0 所，逾期 0 所，尚未启动 1 所。\n", out.String())
}

func TestCollect_leaves_closed_cases_out(t *testing.T) {
	t.Parallel()
	w := at(t, func(s lifecycle.Script) { s.Terminate() })
	require.Empty(t, collect(t, w, stuck.Query{}).Lines)
}

func ledger() *stuck.Ledger {
	day := time.Date(2026, 3, 20, 15, 59, 59, 0, time.UTC)
	return &stuck.Ledger{At: day, Overdue: 1, Lines: []stuck.Line{
		{
			School: "天河区第1小学", District: "天河区", StageName: "校本研修", Unit: "天河区第1小学", RoleName: "学校管理员",
			Persons: []string{"甲", "乙", "丙", "丁"}, Since: &day, WaitingDays: 12, Due: &day, Overdue: true, DaysOver: 3,
			Blockers: []stuck.Blocker{{Name: "学时不足的教师", Count: 7, Names: []string{"甲", "乙"}}},
		},
		{School: "=HYPERLINK(1)\n中学", District: "越秀区", StageName: "学时认定与登记", Unit: "系统"},
	}}
}

func TestWrite_text_aligns_by_display_width(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, ledger().Write(&out, "text"))
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	require.Len(t, lines, 4)
	require.Equal(t, columnOf(lines[0], "环节"), columnOf(lines[1], "校本研修"))
	require.Equal(t, columnOf(lines[0], "环节"), columnOf(lines[2], "学时认定与登记"))
	require.Equal(t, columnOf(lines[0], "截止日期"), columnOf(lines[1], "2026-03-20"))
	require.Contains(t, lines[1], "学校管理员 甲、乙、丙等4人")
	require.Contains(t, lines[1], "学时不足的教师7(甲、乙等)")
	require.Equal(t, "截至 2026-03-20 23:59：在办 2 所，逾期 1 所。", lines[3])
}

// columnOf is where on the screen the cell begins.
func columnOf(line, cell string) int {
	before, _, _ := strings.Cut(line, cell)
	return runewidth.StringWidth(before)
}

func TestWrite_csv_opens_in_excel_and_runs_nothing(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, ledger().Write(&out, "csv"))
	text, ok := strings.CutPrefix(out.String(), "\ufeff")
	require.True(t, ok, "byte order mark")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Equal(t, "学校", rows[0][0])
	require.Equal(t, "2026-03-20", rows[1][6])
	require.Equal(t, "'=HYPERLINK(1) 中学", rows[2][0])
}

func TestWrite_json_is_whole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, ledger().Write(&out, "json"))
	var back stuck.Ledger
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, ledger(), &back)
}

func TestWrite_refuses_an_unknown_format(t *testing.T) {
	t.Parallel()
	require.Equal(t, apperr.Invalid, apperr.CodeOf(ledger().Write(&bytes.Buffer{}, "xml")))
}
