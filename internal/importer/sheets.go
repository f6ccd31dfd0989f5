package importer

import (
	"context"
	"errors"
	"io"

	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

// errorsPage is how many bad rows are read at a time.
const errorsPage = 500

// WriteErrors writes the user's own rows that failed, each with its number and the
// reason in front of it, to be corrected and handed in again: the further columns are
// passed over.
func WriteErrors(ctx context.Context, s *models.Store, j *models.ImportJob, out io.Writer) (err error) {
	sheet, err := Open(ctx, s, j)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sheet.Close()) }()
	columns := []xlsx.Column{{Title: "原行号", Width: 8}, {Title: "错误原因", Width: 60}}
	for _, t := range sheet.Header {
		columns = append(columns, xlsx.Column{Title: t, Width: 20})
	}
	w, err := xlsx.New("错误行", columns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := writeBad(ctx, s, j, sheet, w, len(columns)); err != nil {
		return err
	}
	_, err = w.WriteTo(out)
	return err
}

// writeBad walks the sheet and its errors side by side: both are in the order of rows.
func writeBad(ctx context.Context, s *models.Store, j *models.ImportJob, sheet *Sheet, w *xlsx.Writer, width int) error {
	p := models.Page{Limit: errorsPage}
	for {
		bad, next, err := s.ImportErrors(ctx, j.ID, p)
		if err != nil {
			return err
		}
		for _, e := range bad {
			for {
				row, err := sheet.Next()
				if errors.Is(err, io.EOF) {
					return nil
				}
				if err != nil {
					return err
				}
				if row.N < e.RowNo {
					continue
				}
				if err := w.Row(line(e, row.Cells, width)...); err != nil {
					return err
				}
				break
			}
		}
		if next == "" {
			return nil
		}
		p.Cursor = next
	}
}

func line(e models.ImportError, cells []string, width int) []any {
	values := make([]any, width)
	values[0], values[1] = e.RowNo, e.Reason
	for i := 2; i < width; i++ {
		if i-2 < len(cells) {
			values[i] = xlsx.Text(cells[i-2])
		}
	}
	return values
}

// WritePasswords writes one-time passwords as a sheet to hand out.
func WritePasswords(list []models.FirstPassword, out io.Writer) (err error) {
	w, err := xlsx.New("初始密码", []xlsx.Column{{Title: "单位", Width: 28}, {Title: "姓名", Width: 14}, {Title: "账号", Width: 20}, {Title: "一次性密码", Width: 24}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	for _, p := range list {
		if err := w.Row(xlsx.Text(p.Org), xlsx.Text(p.Name), xlsx.Text(p.Login), xlsx.Text(p.Password)); err != nil {
			return err
		}
	}
	_, err = w.WriteTo(out)
	return err
}
