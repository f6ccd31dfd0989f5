package api

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

// cellText is the most characters that a cell of a workbook holds.
const cellText = 32_000

// ExportMyData packs everything that the system holds about whoever asks (PIPL art. 45):
// as data for a machine, as a workbook with one sheet a class, and where the files are. It
// is finished on disk before the answer begins, so that a fault still gets a proper answer.
func (s *server) ExportMyData(ctx context.Context, _ gen.ExportMyDataRequestObject) (gen.ExportMyDataResponseObject, error) {
	u := accessOf(ctx).user
	file, size, err := spooling(func(out io.Writer) error {
		return s.store.OwnData(ctx, u, func(r *models.OwnReader) error { return s.packOwn(out, u, r) })
	})
	if err != nil {
		return nil, err
	}
	return gen.ExportMyData200ApplicationzipResponse{
		Body: file, ContentLength: size, Headers: gen.ExportMyData200ResponseHeaders{ContentDisposition: s.attachment("my-data", "我的个人信息", "zip")},
	}, nil
}

func (s *server) packOwn(out io.Writer, u *models.User, r *models.OwnReader) error {
	z := zip.NewWriter(out)
	w, err := z.Create("data.json")
	if err == nil {
		buffered := bufio.NewWriter(w)
		err = errors.Join(ownJSON(buffered, u, s.store.Now(), r), buffered.Flush())
	}
	if err == nil {
		w, err = z.Create("个人信息.xlsx")
	}
	if err == nil {
		err = ownWorkbook(w, s.config.PublicURL, r)
	}
	return errors.Join(err, z.Close())
}

// ownTable is one table of data.json; its rows follow one by one.
type ownTable struct {
	Table    string            `json:"table"`
	Title    string            `json:"title"`
	Columns  map[string]string `json:"columns"`
	Withheld map[string]string `json:"withheld,omitempty"`
}

// ownJSON writes the data for a machine, a row at a time.
func ownJSON(w *bufio.Writer, u *models.User, now time.Time, r *models.OwnReader) error {
	e := &ownEncoder{w: w}
	e.text(`{"person":`).value(map[string]string{"id": u.ID, "login": u.Login, "name": u.Name})
	e.text(`,"generated_at":`).value(now.UTC()).text(`,"tables":[`)
	for i, o := range privacy.OwnData() {
		if len(o.Columns)+len(o.Withheld) == 0 {
			continue
		}
		e.comma(i).text(`{"about":`).value(tableOfOwn(o)).text(`,"rows":[`)
		n := 0
		err := r.Rows(o, "", func(row models.OwnRow) error {
			e.comma(n).value(ownRecord(row))
			n++
			return e.err
		})
		if err != nil {
			return err
		}
		e.text("]}")
	}
	e.text(`],"files":[`)
	n := 0
	err := r.Files(func(f models.OwnFile) error {
		e.comma(n).value(map[string]any{"file_id": f.FileID, "version": f.N, "case_id": f.CaseID, "name": f.Name, "size": f.Size, "sha256": f.SHA256})
		n++
		return e.err
	})
	e.text("]}\n")
	return errors.Join(err, e.err)
}

func tableOfOwn(o privacy.Own) ownTable {
	t := ownTable{Table: o.Table, Title: o.Title, Columns: map[string]string{}, Withheld: map[string]string{}}
	for _, c := range o.Columns {
		t.Columns[c.Name] = c.Class.Title + "：" + privacy.ColumnTitle(c.Name)
	}
	for _, w := range o.Withheld {
		t.Withheld[w.Column.Name] = w.Why
	}
	return t
}

func ownRecord(row models.OwnRow) map[string]any {
	record := map[string]any{"_by": row.Relation}
	for _, c := range row.Cells {
		record[c.Column] = c.Value
		if c.Name != "" {
			record[c.Column+"_name"] = c.Name
		}
	}
	return record
}

// ownEncoder writes JSON piece by piece and keeps the first fault.
type ownEncoder struct {
	w   *bufio.Writer
	err error
}

func (e *ownEncoder) text(t string) *ownEncoder {
	if e.err == nil {
		_, e.err = e.w.WriteString(t)
	}
	return e
}

func (e *ownEncoder) comma(n int) *ownEncoder {
	if n == 0 {
		return e
	}
	return e.text(",\n")
}

func (e *ownEncoder) value(v any) *ownEncoder {
	raw, err := json.Marshal(v)
	if e.err == nil {
		e.err = err
	}
	return e.text(string(raw))
}

var ownColumns = []xlsx.Column{{Title: "来源", Width: 18}, {Title: "本人是", Width: 10}, {Title: "内容", Width: 90}}

// ownWorkbook writes the same for people: one sheet a class, one row a record.
func ownWorkbook(out io.Writer, base string, r *models.OwnReader) error {
	w, err := xlsx.New("说明", []xlsx.Column{
		{Title: "类别", Width: 22}, {Title: "目的", Width: 36}, {Title: "依据", Width: 40}, {Title: "保存期限", Width: 30}, {Title: "未提供的内容及理由", Width: 80},
	})
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // temporary files
	for _, c := range privacy.Classes() {
		if err := w.Row(c.Title, c.Purpose, c.Basis, c.Retention.Title(), clip(withheldOf(c), cellText)); err != nil {
			return err
		}
	}
	for _, c := range privacy.Classes() {
		if err := ownSheet(w, c, r); err != nil {
			return err
		}
	}
	if err := ownFiles(w, base, r); err != nil {
		return err
	}
	_, err = w.WriteTo(out)
	return err
}

func withheldOf(c privacy.Class) string {
	var lines []string
	for _, o := range privacy.OwnData() {
		for _, h := range o.Withheld {
			if h.Column.Class.Code == c.Code {
				lines = append(lines, o.Title+" "+h.Column.Name+"："+h.Why)
			}
		}
	}
	return strings.Join(lines, "\n")
}

// sheetRows is how many records a sheet holds: what is beyond is in data.json.
const sheetRows = 200_000

func ownSheet(w *xlsx.Writer, c privacy.Class, r *models.OwnReader) error {
	if err := w.Sheet(c.Title, ownColumns); err != nil {
		return err
	}
	rows := 0
	for _, o := range privacy.OwnData() {
		err := r.Rows(o, c.Code, func(row models.OwnRow) error {
			switch rows++; {
			case rows > sheetRows:
				return nil
			case rows == sheetRows:
				return w.Row("", "", "记录太多，其余见 data.json。")
			}
			return w.Row(o.Title, privacy.ColumnTitle(row.Relation), clip(proseOf(row), cellText))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// proseOf is a record in words: what is empty is left out.
func proseOf(row models.OwnRow) string {
	var parts []string
	for _, c := range row.Cells {
		if text := textOf(c); text != "" {
			parts = append(parts, privacy.ColumnTitle(c.Column)+"："+text)
		}
	}
	return strings.Join(parts, "；")
}

func textOf(c models.OwnCell) string {
	switch v := c.Value.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "是"
		}
		return "否"
	case time.Time:
		return v.In(china).Format("2006-01-02 15:04:05")
	case string:
		if c.Name != "" {
			return c.Name
		}
		if name := domain.Role(v).Name(); c.Column == "role" && name != "" {
			return name
		}
		return v
	}
	return fmt.Sprint(c.Value)
}

func ownFiles(w *xlsx.Writer, base string, r *models.OwnReader) error {
	err := w.Sheet("材料文件清单", []xlsx.Column{
		{Title: "文件名", Width: 40}, {Title: "项目学校", Width: 28}, {Title: "版本", Width: 8}, {Title: "大小（字节）", Width: 14},
		{Title: "校验值", Width: 66}, {Title: "所在项目页", Width: 60},
	})
	if err != nil {
		return err
	}
	rows := 0
	return r.Files(func(f models.OwnFile) error {
		if rows++; rows > sheetRows {
			return nil
		}
		return w.Row(f.Name, f.School, f.N, xlsx.Text(strconv.FormatInt(f.Size, 10)), f.SHA256, base+"/cases/"+f.CaseID)
	})
}
