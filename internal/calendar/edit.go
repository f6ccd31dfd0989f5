package calendar

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zhengxiao/internal/apperr"
)

// EditedYear is a year given day by day: every day that is not an ordinary one.
type EditedYear struct {
	Year        int
	Provisional bool
	Source      string
	Days        []Day
}

// Edit writes the document of a new version: the calendar with some years defined afresh,
// day by day. Everything that is wrong comes at once, each problem on its path.
func (c *Calendar) Edit(version string, years []EditedYear) ([]byte, []*apperr.Error) {
	var problems []*apperr.Error
	edited := map[int]EditedYear{}
	for _, n := range c.Years() {
		edited[n] = EditedYear{Year: n, Provisional: c.Provisional(n), Source: c.Source(n), Days: c.Days(n)}
	}
	doc := document{Version: version}
	for i, y := range years {
		at := fmt.Sprintf("years[%d]", i)
		if y.Year < 2000 || y.Year > 2100 {
			problems = append(problems, wrong(at+".year", "年度%d超出范围", y.Year))
			continue
		}
		problems = append(problems, y.check(at)...)
		edited[y.Year] = y
	}
	if len(problems) > 0 {
		return nil, problems
	}
	for _, n := range slices.Sorted(maps.Keys(edited)) {
		doc.Years = append(doc.Years, edited[n].document())
	}
	b, err := json.Marshal(doc)
	if err == nil {
		_, err = Base().Overlay(b)
	}
	if err != nil {
		return nil, []*apperr.Error{apperr.Wrap(err, CodeInvalid, apperr.MessageOf(err)).On(apperr.FieldOf(err))}
	}
	return b, nil
}

func wrong(path, format string, args ...any) *apperr.Error {
	return apperr.Newf(CodeInvalid, format+"，请修改。", args...).On(path)
}

func (y EditedYear) check(at string) []*apperr.Error {
	var problems []*apperr.Error
	seen := map[string]bool{}
	for i, d := range y.Days {
		path := fmt.Sprintf("%s.days[%d]", at, i)
		t, err := time.Parse(time.DateOnly, d.Date)
		switch {
		case err != nil:
			problems = append(problems, wrong(path+".date", "“%s”不是有效日期(年-月-日)", d.Date))
			continue
		case t.Year() != y.Year:
			problems = append(problems, wrong(path+".date", "%s不在%d年内", d.Date, y.Year))
		case seen[d.Date]:
			problems = append(problems, wrong(path+".date", "%s出现了两次", d.Date))
		}
		seen[d.Date] = true
		switch {
		case !slices.Contains([]Kind{Holiday, Workday, Break}, d.Kind):
			problems = append(problems, wrong(path+".kind", "“%s”不是节假日、调休上班或停课", d.Kind))
		case d.Kind == Workday && !weekend(d.Date):
			problems = append(problems, wrong(path+".kind", "%s不是周末，本来就是工作日，无须列为调休上班", d.Date))
		case d.Kind != Workday && strings.TrimSpace(d.Name) == "":
			problems = append(problems, wrong(path+".name", "%s缺少名称", d.Date))
		}
	}
	return problems
}

// document puts days of one kind and name that follow each other into one range.
func (y EditedYear) document() yearDocument {
	doc := yearDocument{Year: y.Year, Replace: true, Provisional: y.Provisional, Source: y.Source}
	days := slices.SortedFunc(slices.Values(y.Days), func(a, b Day) int { return strings.Compare(a.Date, b.Date) })
	last := map[Kind]*span{}
	for _, d := range days {
		list := &doc.Holidays
		switch d.Kind {
		case Workday:
			if weekend(d.Date) { // a day of a break given back is an ordinary one without the break
				doc.Workdays = append(doc.Workdays, date(d.Date))
			}
			continue
		case Break:
			list = &doc.Breaks
		}
		if s := last[d.Kind]; s != nil && s.Name == d.Name && next(string(s.To)) == d.Date {
			s.To = date(d.Date)
			continue
		}
		*list = append(*list, span{Name: d.Name, From: date(d.Date), To: date(d.Date)})
		last[d.Kind] = &(*list)[len(*list)-1]
	}
	return doc
}

func weekend(day string) bool {
	t, err := time.Parse(time.DateOnly, day)
	return err == nil && (t.Weekday() == time.Saturday || t.Weekday() == time.Sunday)
}

func next(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// DayChange is a day that differs between two calendars; an ordinary day has no kind.
type DayChange struct {
	Date     string
	Old, New Day
}

// Diff lists the days that differ from one calendar to another, by date.
func Diff(from, to *Calendar) []DayChange {
	changes := map[string]DayChange{}
	for _, n := range from.Years() {
		for _, d := range from.Days(n) {
			changes[d.Date] = DayChange{Date: d.Date, Old: d}
		}
	}
	for _, n := range to.Years() {
		for _, d := range to.Days(n) {
			c := changes[d.Date]
			c.Date, c.New = d.Date, d
			changes[d.Date] = c
		}
	}
	list := []DayChange{}
	for _, day := range slices.Sorted(maps.Keys(changes)) {
		if c := changes[day]; c.Old.Kind != c.New.Kind || c.Old.Name != c.New.Name {
			list = append(list, c)
		}
	}
	return list
}
