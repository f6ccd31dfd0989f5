package roster

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/secret"
)

// lines gives the rows of a file one by one, io.EOF after the last.
type lines interface {
	next() ([]string, error)
	io.Closer
}

// Sheet reads the rows of one kind from a file.
type Sheet struct {
	Header []string // the titles as they are in the file

	kind  Kind
	lines lines
	put   []func(*Row, string) // by column of the file; nil: not ours
	n     int
}

// Open reads a file up to its header: a workbook, or CSV in UTF-8 or GB18030. It is told
// by its content; columns may come in any order, and further ones are left alone.
func Open(kind Kind, path string) (*Sheet, error) {
	l, err := openLines(path)
	if err != nil {
		return nil, err
	}
	s := &Sheet{kind: kind, lines: l}
	if err := s.readHeader(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return s, nil
}

// Close lets the file go.
func (s *Sheet) Close() error { return s.lines.Close() }

// headerWithin is how many lines may come before the header.
const headerWithin = 5

func (s *Sheet) readHeader() error {
	for range headerWithin {
		cells, err := s.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if !blank(cells) {
			return s.match(cells)
		}
	}
	return apperr.New(CodeHeader, "表中没有列名：第一行应为列名。请下载模板，按模板填写后重新上传。").On("file")
}

// match finds which column of the file is which of the kind.
func (s *Sheet) match(titles []string) error {
	s.Header, s.put = titles, make([]func(*Row, string), len(titles))
	var missing, twice []string
	for _, c := range columns[s.kind] {
		found := 0
		for i, t := range titles {
			if title(t) == c.title {
				s.put[i] = c.put
				found++
			}
		}
		switch {
		case found == 0 && c.required:
			missing = append(missing, c.title)
		case found > 1:
			twice = append(twice, c.title)
		}
	}
	switch {
	case len(missing) > 0:
		return apperr.Newf(CodeHeader, "表中缺少列：%s。请确认选对了导入的种类，并使用模板的列名。", strings.Join(missing, "、")).On("file")
	case len(twice) > 0:
		return apperr.Newf(CodeHeader, "表中有重复的列：%s。请删去多余的一列后重新上传。", strings.Join(twice, "、")).On("file")
	}
	return nil
}

// title is a header without what people add to it.
func title(t string) string {
	t = strings.TrimSpace(strings.NewReplacer("*", "", "（必填）", "", "(必填)", "").Replace(t))
	return t
}

func (s *Sheet) line() ([]string, error) {
	cells, err := s.lines.next()
	s.n++
	return cells, err
}

// Next returns the next row that is not blank and not the template's example; io.EOF
// after the last.
func (s *Sheet) Next() (Row, error) {
	for {
		cells, err := s.line()
		if err != nil {
			return Row{}, err
		}
		if blank(cells) || s.example(cells) {
			continue
		}
		return s.row(cells), nil
	}
}

func (s *Sheet) row(cells []string) Row {
	r := Row{N: s.n, Cells: cells}
	for i, put := range s.put {
		value := ""
		if i < len(cells) {
			value = strings.TrimSpace(cells[i])
		}
		if utf8.RuneCountInString(value) > maxCell {
			r.Badf("“%s”超过%d个字", title(s.Header[i]), maxCell)
			continue
		}
		if put != nil {
			put(&r, value)
		}
	}
	r.Login = strings.ToLower(r.Login)
	r.IDNumber = secret.NormalizeID(r.IDNumber)
	r.check(s.kind)
	return r
}

// example reports whether a row is the template's own, left in by its user.
func (s *Sheet) example(cells []string) bool {
	want := examples(s.kind)
	return len(cells) >= len(want) && slices.Equal(cells[:len(want)], want) && blank(cells[len(want):])
}

func examples(k Kind) []string {
	cells := make([]string, len(columns[k]))
	for i, c := range columns[k] {
		cells[i] = c.example
	}
	return cells
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// Count reads a file to its end and returns how many rows it has: at least one, at most
// MaxRows.
func Count(kind Kind, path string) (n int, err error) {
	s, err := Open(kind, path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for {
		_, err := s.Next()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return 0, apperr.New(CodeEmpty, "表中只有列名，没有数据。请填写后重新上传。").On("file")
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return 0, err
		}
		if n++; n > MaxRows {
			return 0, apperr.Newf(apperr.TooLarge, "表中超过%d行，请分成几个文件导入。", MaxRows).On("file")
		}
	}
}

func unreadable(err error, what string) error {
	return apperr.Wrap(err, CodeSheet, fmt.Sprintf("文件无法读取：%s。请用 Excel 或 WPS 打开，另存为 xlsx 后重新上传。", what)).On("file")
}
