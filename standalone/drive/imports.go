package drive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/xuri/excelize/v2"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/roster"
	"zhengxiao/models"
)

// Sheet is what somebody writes into a template.
type Sheet struct {
	Kind   roster.Kind
	Name   string // of the file
	Cohort string // id; teachers and groups of a 批次
	Rows   []Line
}

// Line is one row of a sheet by the titles of its columns; the others stay empty.
type Line map[string]string

// Import hands a sheet in as an administrator would: the template is downloaded and filled
// in, the dry run is looked at, the good rows are imported, and the one-time passwords of
// new accounts are taken, which come back by login. They are given out only once: when the
// answer that holds them is lost they have to be reset.
func (s *Session) Import(ctx context.Context, sheet Sheet) (map[string]string, error) {
	body, err := s.fillIn(ctx, sheet)
	if err != nil {
		return nil, fmt.Errorf("fill in %s: %w", sheet.Name, err)
	}
	query := url.Values{"kind": {string(sheet.Kind)}, "name": {sheet.Name}}
	if sheet.Cohort != "" {
		query.Set("cohort_id", sheet.Cohort)
	}
	started, err := send[gen.Import](ctx, s, http.MethodPost, "/api/v1/imports?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	v, err := s.followImport(ctx, started.Id, models.ImportChecked)
	if err != nil {
		return nil, err
	}
	mode := models.ImportAll
	if v.Bad > 0 {
		mode = models.ImportGood
	}
	path := "/api/v1/imports/" + v.Id
	// A conflict: an attempt that was not answered has begun it already.
	if err := put(ctx, s, http.MethodPost, path+"/apply", gen.ApplyImport{Mode: mode}); err != nil && !Refused(err, apperr.Conflict) {
		return nil, err
	}
	if v, err = s.followImport(ctx, v.Id, models.ImportDone); err != nil || !v.Passwords {
		return nil, err
	}
	var file []byte
	why := gen.ReadReason{Purpose: "contact", Words: "发放新账号的一次性密码"}
	if _, err := s.call(ctx, request{method: http.MethodPost, path: path + "/passwords", body: why}, &file); err != nil {
		return nil, err
	}
	return passwordsIn(file)
}

// followImport waits until a run over a sheet has ended as it should.
func (s *Session) followImport(ctx context.Context, id string, end models.ImportStatus) (v gen.Import, err error) {
	err = s.c.await(ctx, "import "+id, func() (bool, error) {
		if v, err = get[gen.Import](ctx, s, "/api/v1/imports/"+id, nil); err != nil {
			return false, err
		}
		switch v.Status {
		case models.ImportFailed, models.ImportLost:
			return false, fmt.Errorf("import %s: %s", v.FileName, v.Message)
		}
		return v.Status == end, nil
	})
	if err == nil && s.c.o.Imported != nil {
		s.c.o.Imported(v)
	}
	return v, err
}

// fillIn downloads the template of a sheet and writes the rows below its header, over the
// example.
func (s *Session) fillIn(ctx context.Context, sheet Sheet) (filled []byte, err error) {
	template, err := send[[]byte](ctx, s, http.MethodGet, "/api/v1/imports/templates/"+string(sheet.Kind), nil)
	if err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(template))
	if err != nil {
		return nil, fmt.Errorf("open template: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	form := f.GetSheetName(0)
	rows, err := f.GetRows(form)
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("read template's header: %w", errors.Join(err, errors.New("no header")))
	}
	for i, line := range sheet.Rows {
		cells, err := line.under(rows[0])
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		if err := f.SetSheetRow(form, fmt.Sprintf("A%d", i+2), &cells); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	_, err = f.WriteTo(&out)
	return out.Bytes(), err
}

// under puts the cells of a row below the titles; one without a title is a mistake.
func (l Line) under(titles []string) ([]string, error) {
	cells := make([]string, len(titles))
	for title, value := range l {
		i := slices.Index(titles, title)
		if i < 0 {
			return nil, fmt.Errorf("the template has no column %s", title)
		}
		cells[i] = value
	}
	return cells, nil
}

// passwordsIn reads the sheet of one-time passwords, by login.
func passwordsIn(file []byte) (by map[string]string, err error) {
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("open one-time passwords: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("read one-time passwords: %w", errors.Join(err, errors.New("no header")))
	}
	login, password := slices.Index(rows[0], "账号"), slices.Index(rows[0], "一次性密码")
	by = map[string]string{}
	for _, r := range rows[1:] {
		if login < 0 || password < 0 || len(r) <= max(login, password) {
			return nil, fmt.Errorf("read one-time passwords: not the columns %v", rows[0])
		}
		by[r[login]] = r[password]
	}
	return by, nil
}
