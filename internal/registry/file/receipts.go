package file

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/roster"
)

// The titles of a receipt file's columns; a registry that names them otherwise is met by
// the second ones.
var receiptTitles = [5][]string{
	{"记录号", "流水号", "外部编号"},
	{"结果", "登记结果", "状态"},
	{"登记学时", "学时", "认定学时"},
	{"回执号", "登记编号", "受理号"},
	{"原因", "退回原因", "失败原因", "说明"},
}

// Bad is a row of a receipt file that could not be read.
type Bad struct {
	Row int    `json:"row"` // as a spreadsheet shows it
	Why string `json:"why"`
}

// Receipts are what a file says.
type Receipts struct {
	Answers []registry.Answer
	Bad     []Bad
}

// The bounds of a receipt file.
const (
	MaxRows = roster.MaxRows
	badMost = 500
)

// ReadReceipts reads a receipt file: xlsx, or CSV in UTF-8 or GB18030, told by its content.
func ReadReceipts(path string) (Receipts, error) {
	table, err := roster.OpenTable(path)
	if err != nil {
		return Receipts{}, err
	}
	defer table.Close() //nolint:errcheck // only read
	var out Receipts
	var at []int // column of each of receiptTitles, -1: none
	for n := 1; ; n++ {
		cells, err := table.Next()
		switch {
		case errors.Is(err, io.EOF):
			return out, out.complete(at)
		case err != nil:
			return Receipts{}, err
		case n > MaxRows+headerWithin:
			return Receipts{}, apperr.Newf(CodeReceipts, "回执文件超过%d行，请分成几个文件上传。", MaxRows).On("file")
		case !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }):
		case at != nil:
			out.row(n, cells, at)
		default:
			if at, err = header(cells); err != nil && n >= headerWithin {
				return Receipts{}, err
			}
		}
	}
}

// headerWithin is how many lines may come before the header.
const headerWithin = 5

func (r *Receipts) complete(at []int) error {
	if at == nil {
		_, err := header(nil)
		return err
	}
	if len(r.Answers) == 0 && len(r.Bad) == 0 {
		return apperr.New(CodeReceipts, "回执文件中没有记录，请核对后重新上传。").On("file")
	}
	return nil
}

func header(cells []string) ([]int, error) {
	at := make([]int, len(receiptTitles))
	var missing []string
	for i, titles := range receiptTitles {
		at[i] = slices.IndexFunc(cells, func(c string) bool { return slices.Contains(titles, strings.TrimSpace(c)) })
		if at[i] < 0 && i < 2 {
			missing = append(missing, fmt.Sprintf("“%s”", strings.Join(titles, "”或“")))
		}
	}
	if len(missing) > 0 {
		return nil, apperr.Newf(CodeReceipts, "回执文件缺少列：%s。请使用登记系统导出的回执，或按模板填写后重新上传。", strings.Join(missing, "、")).On("file")
	}
	return at, nil
}

func (r *Receipts) row(n int, cells []string, at []int) {
	var v [5]string
	for i, column := range at {
		if column >= 0 && column < len(cells) {
			v[i] = cells[column]
		}
	}
	a, problem := registry.ReadAnswer(v[0], v[1], v[2], v[3], v[4])
	switch {
	case problem == "":
		r.Answers = append(r.Answers, a)
	case len(r.Bad) < badMost:
		r.Bad = append(r.Bad, Bad{n, problem})
	}
}
