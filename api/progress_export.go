package api

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

// exportLine is one line of an exported 督办台账.
type exportLine struct {
	gen.ProgressRow

	cohort   string
	filingNo string
}

// progressColumns are the columns that an export may have, by the contract's key.
var progressColumns = map[string]struct {
	xlsx.Column

	cell func(exportLine) any
}{
	"school":          {xlsx.Column{Title: "学校", Width: 28}, func(l exportLine) any { return l.School.Name }},
	"district":        {xlsx.Column{Title: "区", Width: 14}, func(l exportLine) any { return l.District.Name }},
	"cohort":          {xlsx.Column{Title: "批次", Width: 18}, func(l exportLine) any { return l.cohort }},
	"stage":           {xlsx.Column{Title: "环节", Width: 20}, func(l exportLine) any { return l.StageName }},
	"task":            {xlsx.Column{Title: "等待事项", Width: 20}, func(l exportLine) any { return l.TaskName }},
	"waiting_role":    {xlsx.Column{Title: "责任角色", Width: 12}, func(l exportLine) any { return l.WaitingRoleName }},
	"waiting_org":     {xlsx.Column{Title: "责任单位", Width: 28}, func(l exportLine) any { return l.WaitingOrg }},
	"waiting_person":  {xlsx.Column{Title: "责任人", Width: 16}, func(l exportLine) any { return l.WaitingPerson }},
	"waiting_since":   {xlsx.Column{Title: "等待起始", Width: 12}, func(l exportLine) any { return xlsx.Day(l.WaitingSince) }},
	"working_days":    {xlsx.Column{Title: "已等待（工作日）", Width: 10}, func(l exportLine) any { return l.ifWaiting(l.WorkingDays) }},
	"due_at":          {xlsx.Column{Title: "期限", Width: 12}, func(l exportLine) any { return xlsx.Day(l.DueAt) }},
	"days_left":       {xlsx.Column{Title: "剩余（工作日）", Width: 10}, func(l exportLine) any { return l.ifDue(l.DaysLeft) }},
	"overdue":         {xlsx.Column{Title: "逾期", Width: 6}, func(l exportLine) any { return l.Overdue }},
	"days_over":       {xlsx.Column{Title: "逾期（工作日）", Width: 10}, func(l exportLine) any { return l.ifDue(l.DaysOver) }},
	"blocker":         {xlsx.Column{Title: "滞留原因", Width: 40}, func(l exportLine) any { return l.Blocker }},
	"plan_end":        {xlsx.Column{Title: "本环节计划结束", Width: 12}, func(l exportLine) any { return xlsx.Day(l.Plan.End) }},
	"plan_days":       {xlsx.Column{Title: "计划用时（工作日）", Width: 10}, func(l exportLine) any { return l.ifPlanned(l.Plan.Planned) }},
	"elapsed_days":    {xlsx.Column{Title: "已用（工作日）", Width: 10}, func(l exportLine) any { return l.ifPlanned(l.Plan.Elapsed) }},
	"behind_days":     {xlsx.Column{Title: "落后（工作日，负数为提前）", Width: 12}, func(l exportLine) any { return l.ifPlanned(l.Plan.Behind) }},
	"elapsed_percent": {xlsx.Column{Title: "已用占计划（%）", Width: 10}, func(l exportLine) any { return l.ifPlanned(l.Plan.Percent) }},
	"orphaned":        {xlsx.Column{Title: "无人可办", Width: 10}, func(l exportLine) any { return l.Orphaned }},
	"returned":        {xlsx.Column{Title: "退回待改", Width: 10}, func(l exportLine) any { return l.Returned }},
	"round":           {xlsx.Column{Title: "整改轮次", Width: 10}, func(l exportLine) any { return l.Round }},
	"verdict":         {xlsx.Column{Title: "考核结果", Width: 10}, func(l exportLine) any { return verdictNames[l.Verdict] }},
	"result":          {xlsx.Column{Title: "办结结果", Width: 10}, func(l exportLine) any { return resultNames[l.Result] }},
	"filing_no":       {xlsx.Column{Title: "备案号", Width: 24}, func(l exportLine) any { return l.filingNo }},
	"updated_at":      {xlsx.Column{Title: "最近办理", Width: 18}, func(l exportLine) any { return l.UpdatedAt }},
	"case_id":         {xlsx.Column{Title: "项目编号", Width: 38}, func(l exportLine) any { return l.CaseId }},
}

// usualColumns are those of an export that names none.
var usualColumns = []string{
	"school", "district", "stage", "task", "waiting_role", "waiting_org", "waiting_person", "waiting_since",
	"working_days", "due_at", "overdue", "days_over", "blocker",
}

func (l exportLine) ifWaiting(days int) any {
	if l.WaitingSince.IsZero() {
		return nil
	}
	return days
}

func (l exportLine) ifDue(days int) any {
	if l.DueAt.IsZero() {
		return nil
	}
	return days
}

func (l exportLine) ifPlanned(days int) any {
	if l.Plan.End.IsZero() {
		return nil
	}
	return days
}

// ExportProgress writes the whole 督办台账 as a workbook. It is finished on disk before the
// answer begins, so that a fault still gets a proper answer.
func (s *server) ExportProgress(ctx context.Context, r gen.ExportProgressRequestObject) (gen.ExportProgressResponseObject, error) {
	p := r.Params
	f, err := s.progressFilter(ctx, gen.ListProgressParams{
		CohortId: p.CohortId, DistrictId: p.DistrictId, Under: p.Under, Stage: p.Stage, WaitingRole: p.WaitingRole, Overdue: p.Overdue,
		State: p.State, Verdict: p.Verdict, Result: p.Result, DueBefore: p.DueBefore, DueAfter: p.DueAfter,
		Returned: p.Returned, Orphaned: p.Orphaned, Paused: p.Paused, Behind: p.Behind, StuckDays: p.StuckDays,
		Entered: p.Entered, Left: p.Left, From: p.From, To: p.To, Q: p.Q,
	})
	if err != nil {
		return nil, err
	}
	keys := p.Columns
	if len(keys) == 0 {
		keys = usualColumns
	}
	columns := make([]xlsx.Column, len(keys))
	for i, k := range keys {
		columns[i] = progressColumns[k].Column
	}
	w, err := xlsx.New("督办台账", columns)
	if err != nil {
		return nil, err
	}
	defer w.Close() //nolint:errcheck // temporary files
	if err := s.exportRows(ctx, f, p.Sort, keys, w); err != nil {
		return nil, err
	}
	file, size, err := spool(w)
	if err != nil {
		return nil, err
	}
	return gen.ExportProgress200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		Body: file, ContentLength: size,
		Headers: gen.ExportProgress200ResponseHeaders{ContentDisposition: s.attachment("progress", "督办台账", "xlsx")},
	}, nil
}

// exportRows writes what the list shows.
func (s *server) exportRows(ctx context.Context, f models.ProgressFilter, sort string, keys []string, w *xlsx.Writer) error {
	days, cohorts := s.newDayCounter(ctx), map[string]string{}
	return s.store.EachProgress(ctx, accessOf(ctx).scope, f, sort, func(rows []models.ProgressRow) error {
		items, err := s.progressRows(ctx, rows, days, slices.Contains(keys, "blocker"))
		if err != nil {
			return err
		}
		for i, item := range items {
			line := exportLine{ProgressRow: item, filingNo: rows[i].FilingNo}
			if line.cohort, err = s.cohortName(ctx, cohorts, item.CohortId); err != nil {
				return err
			}
			cells := make([]any, len(keys))
			for j, k := range keys {
				cells[j] = progressColumns[k].cell(line)
			}
			if err := w.Row(cells...); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *server) cohortName(ctx context.Context, known map[string]string, id string) (string, error) {
	if name, ok := known[id]; ok {
		return name, nil
	}
	c, err := s.store.Cohort(ctx, id)
	if err != nil {
		return "", err
	}
	known[id] = c.Name
	return c.Name, nil
}

// spooled is a temporary file that goes when it has been sent.
type spooled struct{ *os.File }

// Close removes the file.
func (f spooled) Close() error {
	err := f.File.Close()
	if gone := os.Remove(f.Name()); err == nil {
		err = gone
	}
	return err
}

// spool writes a workbook to a temporary file, ready to be read.
func spool(w *xlsx.Writer) (io.ReadCloser, int64, error) {
	return spooling(func(out io.Writer) error {
		_, err := w.WriteTo(out)
		return err
	})
}

// spooling writes a download to a temporary file, ready to be read: a fault on the way
// still gets a proper answer.
func spooling(write func(io.Writer) error) (io.ReadCloser, int64, error) {
	file, err := os.CreateTemp("", "zhengxiao-*.xlsx")
	if err != nil {
		return nil, 0, fmt.Errorf("create temporary file: %w", err)
	}
	f := spooled{file}
	err = write(file)
	var n int64
	if err == nil {
		n, err = file.Seek(0, io.SeekEnd)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = f.Close()
		return nil, 0, err
	}
	return f, n, nil
}

// attachment is the Content-Disposition (RFC 6266) of a download named with the day, in
// ASCII for old clients and in full (RFC 8187) for the others.
func (s *server) attachment(ascii, name, ext string) string {
	day := calendar.DayStart(calendar.DayNumber(s.store.Now())).In(china).Format(time.DateOnly)
	return fmt.Sprintf(`attachment; filename="%s-%s.%s"; filename*=UTF-8''%s`, ascii, day, ext, url.PathEscape(name+"-"+day+"."+ext))
}
