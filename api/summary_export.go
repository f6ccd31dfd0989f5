package api

import (
	"context"
	"fmt"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/xlsx"
)

// share is a part of a whole as a cell, empty when there is no whole.
func share(part, whole int) any {
	if whole == 0 {
		return nil
	}
	return xlsx.Percent(float64(part) / float64(whole))
}

// areaColumns are the columns of a summary after the names.
func areaColumns(stuckDays int, names ...xlsx.Column) []xlsx.Column {
	list := names
	for _, title := range []string{
		"列入批次", "未启动", "已立项", "启动率", "在办", "办结", "逾期", "逾期率（占在办）", "退回待改", fmt.Sprintf("等待满%d个工作日", stuckDays),
		"落后于计划", "无人可办", "通过", "不通过", "通过率（占通过与不通过）",
	} {
		const width = 11
		list = append(list, xlsx.Column{Title: title, Width: width})
	}
	return list
}

func areaCells(a gen.AreaSummary, names ...any) []any {
	return append(names, a.Schools, a.NotStarted, a.Started, share(a.Started, a.Schools), a.Open, a.Closed, a.Overdue, share(a.Overdue, a.Open),
		a.Returned, a.Stuck, a.Behind, a.Orphaned, a.Passed, a.Failed, share(a.Passed, a.Passed+a.Failed))
}

// districtName is how a line of the district summary is called.
func districtName(a gen.AreaSummary) string {
	if a.Direct {
		return a.Org.Name + "（局属学校）"
	}
	return a.Org.Name
}

// ExportSummary writes the summary as a workbook.
func (s *server) ExportSummary(ctx context.Context, r gen.ExportSummaryRequestObject) (gen.ExportSummaryResponseObject, error) {
	v, err := s.summary(ctx, r.Params.CohortId, r.Params.Under, r.Params.StuckDays)
	if err != nil {
		return nil, err
	}
	city, district := xlsx.Column{Title: "市", Width: 14}, xlsx.Column{Title: "区", Width: 24}
	w, err := xlsx.New("市汇总", areaColumns(v.StuckDays, city))
	if err != nil {
		return nil, err
	}
	defer w.Close() //nolint:errcheck // temporary files
	for _, a := range v.Cities {
		if err := w.Row(areaCells(a, a.Org.Name)...); err != nil {
			return nil, err
		}
	}
	if err := w.Sheet("区汇总", areaColumns(v.StuckDays, city, district)); err != nil {
		return nil, err
	}
	for _, a := range v.Districts {
		if err := w.Row(areaCells(a, a.City.Name, districtName(a))...); err != nil {
			return nil, err
		}
	}
	if err := stageSheet(w, v); err != nil {
		return nil, err
	}
	file, size, err := spool(w)
	if err != nil {
		return nil, err
	}
	return gen.ExportSummary200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		Body: file, ContentLength: size,
		Headers: gen.ExportSummary200ResponseHeaders{ContentDisposition: s.attachment("summary", "整校推进汇总", "xlsx")},
	}, nil
}

// stageSheet adds how many schools of each district are in each stage.
func stageSheet(w *xlsx.Writer, v gen.Summary) error {
	columns := []xlsx.Column{{Title: "市", Width: 14}, {Title: "区", Width: 24}}
	for _, st := range domain.Stages() {
		columns = append(columns, xlsx.Column{Title: st.Name(), Width: 12})
	}
	if err := w.Sheet("区×环节", columns); err != nil {
		return err
	}
	for _, a := range v.Districts {
		cells := []any{a.City.Name, districtName(a)}
		for _, st := range domain.Stages() {
			cells = append(cells, a.Stages[string(st)])
		}
		if err := w.Row(cells...); err != nil {
			return err
		}
	}
	return nil
}
