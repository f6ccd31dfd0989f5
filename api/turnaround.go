package api

import (
	"cmp"
	"context"
	"slices"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

// usualPeriod is how many days back the turnaround looks where nobody says otherwise.
const usualPeriod = 90

// GetTurnaround says how long stages and offices took. Officials with the same reach share
// one answer.
func (s *server) GetTurnaround(ctx context.Context, r gen.GetTurnaroundRequestObject) (gen.GetTurnaroundResponseObject, error) {
	view, err := s.turnaround(ctx, r.Params.CohortId, r.Params.Under, r.Params.From, r.Params.To)
	return gen.GetTurnaround200JSONResponse(view), err
}

func (s *server) turnaround(ctx context.Context, cohort, under string, from, to openapi_types.Date) (gen.Turnaround, error) {
	a, f := accessOf(ctx), models.ProgressFilter{CohortID: cohort}
	p := models.Period{First: dayOf(from), Last: dayOf(to)}
	if p.Last == 0 {
		p.Last = calendar.DayNumber(s.store.Now())
	}
	if p.First == 0 {
		p.First = p.Last - usualPeriod
	}
	if p.First > p.Last {
		return gen.Turnaround{}, apperr.Field("from", "起始日晚于截止日，请调整。")
	}
	var err error
	if f.Under, err = s.under(ctx, under); err != nil {
		return gen.Turnaround{}, err
	}
	return s.turnarounds.get(figuresKey(a.scope, f, p), s.store.Now(), func() (gen.Turnaround, error) {
		return s.measure(ctx, a.scope, f, p)
	})
}

func (s *server) measure(ctx context.Context, scope models.Scope, f models.ProgressFilter, p models.Period) (gen.Turnaround, error) {
	v := gen.Turnaround{At: s.store.Now(), From: dateOf(p.First), To: dateOf(p.Last)}
	days := s.newDayCounter(ctx)
	spans, err := s.store.StageSpansIn(ctx, scope, f, p)
	if err != nil {
		return v, err
	}
	v.Stages = durations(spans, days)
	tasks, err := s.store.OfficeSpans(ctx, scope, f, p)
	if err != nil {
		return v, err
	}
	if v.Offices, err = s.officeDurations(ctx, tasks, days, false); err != nil {
		return v, err
	}
	v.People, err = s.officeDurations(ctx, tasks, days, true)
	return v, err
}

// officeDurations says how many working days tasks took each office, or each person at it,
// the slowest first: the day a task begins does not count, the day it is done does.
func (s *server) officeDurations(ctx context.Context, spans []models.OfficeSpan, days *dayCounter, byPerson bool) ([]gen.OfficeDuration, error) {
	type who struct {
		org    string
		role   domain.Role
		person string
	}
	took := map[who]map[int]int{} // → working days → tasks
	var orgs, users []string
	for _, t := range spans {
		w := who{t.OrgID, t.Role, ""}
		if byPerson {
			w.person = t.UserID
		}
		if took[w] == nil {
			took[w] = map[int]int{}
			orgs, users = append(orgs, w.org), append(users, w.person)
		}
		n := days.between(t.CohortID, calendar.DayStart(t.FirstDay), calendar.DayStart(t.LastDay+1))
		took[w][n] += t.Tasks
	}
	orgNames, err := s.store.OrgNames(ctx, unique(orgs))
	if err != nil {
		return nil, err
	}
	userNames, err := s.store.UserNames(ctx, unique(users))
	if err != nil {
		return nil, err
	}
	list := []gen.OfficeDuration{}
	for w, h := range took {
		d := gen.OfficeDuration{
			Org: gen.Ref{Id: w.org, Name: orgNames[w.org]}, Role: w.role, RoleName: w.role.Name(),
			Finished: total(h), Median: quantile(h, 1, 2), P90: quantile(h, 9, 10),
		}
		if w.person != "" {
			d.Person = gen.Ref{Id: w.person, Name: userNames[w.person]}
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b gen.OfficeDuration) int {
		return cmp.Or(cmp.Compare(b.Median, a.Median), cmp.Compare(b.P90, a.P90), cmp.Compare(b.Finished, a.Finished),
			cmp.Compare(a.Org.Name, b.Org.Name), cmp.Compare(a.Org.Id, b.Org.Id), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Person.Id, b.Person.Id))
	})
	return list, nil
}

// took are the columns that every sheet of the turnaround ends with.
func tookColumns(names ...xlsx.Column) []xlsx.Column {
	return append(names, xlsx.Column{Title: "办结次数", Width: 10}, xlsx.Column{Title: "中位数（工作日）", Width: 10}, xlsx.Column{Title: "十分之九不超过（工作日）", Width: 12})
}

// ExportTurnaround writes the same as a workbook.
func (s *server) ExportTurnaround(ctx context.Context, r gen.ExportTurnaroundRequestObject) (gen.ExportTurnaroundResponseObject, error) {
	v, err := s.turnaround(ctx, r.Params.CohortId, r.Params.Under, r.Params.From, r.Params.To)
	if err != nil {
		return nil, err
	}
	w, err := xlsx.New("各环节", tookColumns(xlsx.Column{Title: "环节", Width: 20}))
	if err != nil {
		return nil, err
	}
	defer w.Close() //nolint:errcheck // temporary files
	if err := turnaroundSheets(w, v); err != nil {
		return nil, err
	}
	file, size, err := spool(w)
	if err != nil {
		return nil, err
	}
	return gen.ExportTurnaround200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		Body: file, ContentLength: size,
		Headers: gen.ExportTurnaround200ResponseHeaders{ContentDisposition: s.attachment("turnaround", "办理用时", "xlsx")},
	}, nil
}

func turnaroundSheets(w *xlsx.Writer, v gen.Turnaround) error {
	for _, d := range v.Stages {
		if err := w.Row(d.StageName, d.Finished, d.Median, d.P90); err != nil {
			return err
		}
	}
	office, role := xlsx.Column{Title: "单位", Width: 24}, xlsx.Column{Title: "角色", Width: 12}
	if err := w.Sheet("各单位", tookColumns(office, role)); err != nil {
		return err
	}
	for _, d := range v.Offices {
		if err := w.Row(d.Org.Name, d.RoleName, d.Finished, d.Median, d.P90); err != nil {
			return err
		}
	}
	if err := w.Sheet("各经办人", tookColumns(office, role, xlsx.Column{Title: "经办人", Width: 14})); err != nil {
		return err
	}
	for _, d := range v.People {
		if err := w.Row(d.Org.Name, d.RoleName, d.Person.Name, d.Finished, d.Median, d.P90); err != nil {
			return err
		}
	}
	return nil
}
