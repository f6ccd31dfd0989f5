package roster

// Table gives the rows of a sheet as they are, for readers with columns of their own.
type Table struct{ lines lines }

// OpenTable opens a workbook, or CSV in UTF-8 or GB18030, within the bounds of Open.
func OpenTable(path string) (*Table, error) {
	l, err := openLines(path)
	if err != nil {
		return nil, err
	}
	return &Table{l}, nil
}

// Next returns the next row, blank ones too; io.EOF after the last.
func (t *Table) Next() ([]string, error) { return t.lines.next() }

// Close lets the file go.
func (t *Table) Close() error { return t.lines.Close() }
