package roster

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// The bounds of unpacking a workbook: more than a sheet of MaxRows needs. Parts above
// partMemory are unpacked to disk.
const (
	unpackedMax = 500 << 20
	partMemory  = 8 << 20
)

func openLines(path string) (lines, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open sheet: %w", err)
	}
	head := make([]byte, 8)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("read sheet: %w", err), f.Close())
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK")):
		return openWorkbook(path, f.Close())
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, errors.Join(unreadable(nil, "这是旧版 xls 或加了密码的文件"), f.Close())
	}
	return openCSV(f)
}

type workbook struct {
	file *excelize.File
	rows *excelize.Rows
}

func openWorkbook(path string, closed error) (lines, error) {
	if closed != nil {
		return nil, fmt.Errorf("close sheet: %w", closed)
	}
	file, err := excelize.OpenFile(path, excelize.Options{
		RawCellValue: true, UnzipSizeLimit: unpackedMax, UnzipXMLSizeLimit: partMemory,
	})
	if err != nil {
		return nil, unreadable(err, "不是有效的 xlsx 文件")
	}
	rows, err := file.Rows(file.GetSheetName(0))
	if err != nil {
		return nil, errors.Join(unreadable(err, "没有工作表"), file.Close())
	}
	return &workbook{file, rows}, nil
}

func (w *workbook) next() ([]string, error) {
	if !w.rows.Next() {
		if err := w.rows.Error(); err != nil {
			return nil, unreadable(err, "工作表已损坏")
		}
		return nil, io.EOF
	}
	cells, err := w.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, unreadable(err, "工作表已损坏")
	}
	return cells, nil
}

func (w *workbook) Close() error { return errors.Join(w.rows.Close(), w.file.Close()) }

type text struct {
	file *os.File
	csv  *csv.Reader
	at   int // the line that was read last
	held []string
	to   int // the line that held was on
}

// openCSV reads UTF-8, with or without its mark, and GB18030, which is what a Chinese
// Excel saves.
func openCSV(f *os.File) (lines, error) {
	_, err := f.Seek(0, io.SeekStart)
	valid := false
	if err == nil {
		valid, err = isUTF8(f)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read sheet: %w", err), f.Close())
	}
	var r io.Reader = f
	if !valid {
		r = simplifiedchinese.GB18030.NewDecoder().Reader(f)
	}
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = b.Discard(len(mark))
	}
	c := csv.NewReader(b)
	c.FieldsPerRecord = -1
	return &text{file: f, csv: c}, nil
}

func isUTF8(r io.Reader) (bool, error) {
	b := bufio.NewReader(r)
	for {
		c, size, err := b.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		case c == utf8.RuneError && size == 1:
			return false, nil
		}
	}
}

// next gives blank lines too, which the reader of CSV skips: rows are numbered as a
// spreadsheet shows them, where a cell may span lines and a row may not.
func (t *text) next() ([]string, error) {
	if t.held == nil {
		cells, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, unreadable(err, "CSV 的引号不成对，或不是文本文件")
		}
		t.held = cells
		t.to, _ = t.csv.FieldPos(0)
	}
	if t.at++; t.at < t.to {
		return []string{}, nil
	}
	cells := t.held
	t.held = nil
	last, _ := t.csv.FieldPos(len(cells) - 1)
	t.at = max(t.at, last)
	return cells, nil
}

func (t *text) Close() error { return t.file.Close() }
