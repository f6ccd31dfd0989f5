package calendar

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"zhengxiao/internal/apperr"
)

//go:embed data/*.json
var data embed.FS

// Base returns the embedded calendar: the statutory holidays of mainland China with the
// announced 调休, without school breaks. Its last years are provisional.
var Base = sync.OnceValue(func() *Calendar {
	files, err := data.ReadDir("data")
	if err != nil {
		panic(fmt.Errorf("read embedded calendars: %w", err))
	}
	c := &Calendar{}
	for _, f := range files {
		b, err := data.ReadFile("data/" + f.Name())
		if err == nil {
			c, err = c.Overlay(b)
		}
		if err != nil {
			panic(fmt.Errorf("load embedded calendar %s: %w", f.Name(), err))
		}
	}
	c.version = fmt.Sprintf("CN-%d-%d", slices.Min(c.Years()), slices.Max(c.Years()))
	return c
})

// document is the JSON form of a calendar or an overlay.
type document struct {
	Version string         `json:"version"`
	Years   []yearDocument `json:"years"`
}

type yearDocument struct {
	Year        int    `json:"year"`
	Replace     bool   `json:"replace"`     // defines the whole year; otherwise amends a known one
	Provisional bool   `json:"provisional"` // only with replace
	Source      string `json:"source"`
	Holidays    []span `json:"holidays"` // 节假日
	Workdays    []date `json:"workdays"` // 调休上班
	Breaks      []span `json:"breaks"`   // 寒暑假, 停课
}

type span struct {
	Name string `json:"name"`
	From date   `json:"from"`
	To   date   `json:"to"`
}

// date is a YYYY-MM-DD string.
type date string

// Parse reads a complete calendar: every year it lists must say replace.
func Parse(b []byte) (*Calendar, error) { return (&Calendar{}).Overlay(b) }

// Overlay returns a new calendar with the documents applied in order, the later ones
// winning day by day. A year that says replace is defined afresh, and may be new;
// otherwise its holidays, workdays and breaks amend a year the calendar has: a holiday or
// break takes a working day away, a workday gives one back. Errors are *apperr.Error with
// code calendar_invalid or calendar_year_missing.
func (c *Calendar) Overlay(documents ...[]byte) (*Calendar, error) {
	next := &Calendar{version: c.version, years: maps.Clone(c.years)}
	if next.years == nil {
		next.years = map[int]year{}
	}
	for _, b := range documents {
		doc, err := decode(b)
		if err != nil {
			return nil, err
		}
		seen := map[int]bool{}
		for i, yd := range doc.Years {
			at := fmt.Sprintf("years[%d]", i)
			if seen[yd.Year] {
				return nil, invalid(at+".year", "%d年出现了两次", yd.Year)
			}
			seen[yd.Year] = true
			y, err := next.amend(at, yd)
			if err != nil {
				return nil, err
			}
			next.years[yd.Year] = y
		}
		if next.version != "" {
			next.version += "+"
		}
		next.version += doc.Version
	}
	return next, nil
}

func decode(b []byte) (document, error) {
	var doc document
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return doc, apperr.Wrap(fmt.Errorf("decode calendar: %w", err), CodeInvalid,
			"工作日历不是有效的JSON，或含有不认识的字段，请按模板修改："+err.Error())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return doc, invalid("", "JSON之后还有多余内容")
	}
	if doc.Version == "" {
		return doc, invalid("version", "缺少版本号")
	}
	if len(doc.Years) == 0 {
		return doc, invalid("years", "没有任何年度")
	}
	return doc, nil
}

// amend returns the year that yd makes of the calendar's own.
func (c *Calendar) amend(at string, yd yearDocument) (year, error) {
	old, known := c.years[yd.Year]
	switch {
	case yd.Year < 2000 || yd.Year > 2100:
		return year{}, invalid(at+".year", "年度%d超出范围", yd.Year)
	case yd.Provisional && !yd.Replace:
		return year{}, invalid(at+".provisional", "只有完整定义的年度(replace)才能标为暂定")
	case !known && !yd.Replace:
		return year{}, yearMissing(yd.Year)
	}
	layer, err := yd.days(at)
	if err != nil {
		return year{}, err
	}
	y := year{provisional: yd.Provisional, marked: map[day]mark{}}
	if !yd.Replace {
		y = year{provisional: old.provisional, sources: slices.Clone(old.sources), marked: maps.Clone(old.marked)}
	}
	if yd.Source != "" {
		y.sources = append(y.sources, yd.Source)
	}
	maps.Copy(y.marked, layer)
	return y, nil
}

// days lists the days the document speaks of. It refuses a day named twice, save that a
// break may run over holidays.
func (yd yearDocument) days(at string) (map[day]mark, error) {
	layer, err := yd.spans(at+".breaks", Break, yd.Breaks)
	if err != nil {
		return nil, err
	}
	holidays, err := yd.spans(at+".holidays", Holiday, yd.Holidays)
	if err != nil {
		return nil, err
	}
	maps.Copy(layer, holidays)
	for i, s := range yd.Workdays {
		path := fmt.Sprintf("%s.workdays[%d]", at, i)
		d, err := yd.day(path, s)
		if err != nil {
			return nil, err
		}
		switch m, named := layer[d]; {
		case named && m.kind == Workday:
			return nil, invalid(path, "%s重复", d)
		case named:
			return nil, invalid(path, "%s既是工作日又在假期内", d)
		case yd.Replace && !d.weekend():
			return nil, invalid(path, "%s不是周末，无须列为调休上班日", d)
		}
		layer[d] = mark{kind: Workday, name: "调休上班"}
	}
	return layer, nil
}

// spans lists the days of the ranges, none of which may overlap.
func (yd yearDocument) spans(at string, k Kind, spans []span) (map[day]mark, error) {
	days := map[day]mark{}
	for i, s := range spans {
		path := fmt.Sprintf("%s[%d]", at, i)
		if s.Name == "" {
			return nil, invalid(path+".name", "缺少名称")
		}
		from, err := yd.day(path+".from", s.From)
		if err != nil {
			return nil, err
		}
		to, err := yd.day(path+".to", s.To)
		if err != nil {
			return nil, err
		}
		if to < from {
			return nil, invalid(path, "%s的结束日期早于开始日期", s.Name)
		}
		for d := from; d <= to; d++ {
			if _, twice := days[d]; twice {
				return nil, invalid(path, "%s重复", d)
			}
			days[d] = mark{kind: k, name: s.Name}
		}
	}
	return days, nil
}

// day reads a date that must lie within the year.
func (yd yearDocument) day(path string, s date) (day, error) {
	t, err := time.Parse(time.DateOnly, string(s))
	switch {
	case err != nil:
		return 0, invalid(path, "“%s”不是有效日期(年-月-日)", s)
	case t.Year() != yd.Year:
		return 0, invalid(path, "%s不在%d年内", s, yd.Year)
	}
	return day(t.Unix() / secondsPerDay), nil
}

func invalid(path, format string, args ...any) error {
	return apperr.Newf(CodeInvalid, "工作日历有误："+format+"。请修改后重新提交。", args...).On(path)
}
