package models

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/roster"
)

// CodeImportBad is a sheet with bad rows that was to be taken whole.
const CodeImportBad apperr.Code = "import_bad_rows"

const (
	// importSilence is how long a job may give no sign of life before it counts as lost.
	importSilence = 60 * time.Second
	// importKept is how long a sheet and the passwords that nobody fetched are kept.
	importKept = 7 * 24 * time.Hour
	// importPart is the size of a part of a file.
	importPart      = 256 << 10
	columnImport    = "import_parts.body"
	columnPasswords = "import_passwords.body"
)

// NewImport describes a sheet that was handed in. Total is its number of rows; Path the
// organisation on whose behalf it is imported.
type NewImport struct {
	Kind     roster.Kind
	CohortID string
	Path     string
	FileName string
	SHA256   string
	Total    int
	By       string
}

// BeginImport keeps a sheet and notes that its dry run starts.
func (s *Store) BeginImport(ctx context.Context, n NewImport, file []byte) (*ImportJob, error) {
	now := s.Now()
	j := ImportJob{
		ID: newID(), Kind: n.Kind, CohortID: n.CohortID, Path: n.Path, FileName: clipRunes(n.FileName, 255), FileSize: len(file),
		FileSHA256: n.SHA256, Status: ImportChecking, Run: newID(), Total: n.Total, StartedBy: n.By, StartedAt: now, BeatAt: now,
	}
	var parts []ImportPart
	for some := range slices.Chunk(file, importPart) {
		parts = append(parts, ImportPart{ImportID: j.ID, N: len(parts), Body: s.keys.Seal(columnImport, numbered(j.ID, len(parts)), string(some))})
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.CreateInBatches(parts, 4).Error; err != nil {
			return err
		}
		return tx.Create(&j).Error
	})
	return &j, fail(err, "begin import")
}

// TidyImports removes what old imports hold of personal data: their sheets, and passwords
// that nobody has fetched.
func (s *Store) TidyImports(ctx context.Context) error {
	db := s.DB(ctx)
	for table, rows := range map[string]any{"import_parts": &ImportPart{}, "import_passwords": &ImportPasswords{}} {
		var old []string
		err := db.Table("imports").Where("started_at < ?", s.Now().Add(-importKept)).
			Where("EXISTS (SELECT 1 FROM "+table+" t WHERE t.import_id = imports.id)").Limit(batchSize).Pluck("id", &old).Error
		if err == nil && len(old) > 0 {
			err = db.Where("import_id IN ?", old).Delete(rows).Error
		}
		if err != nil {
			return fail(err, "forget old imports")
		}
	}
	return nil
}

// ImportFile writes a sheet's file out.
func (s *Store) ImportFile(ctx context.Context, id string, out io.Writer) error {
	for n := 0; ; n++ {
		var parts []ImportPart
		if err := s.DB(ctx).Where("import_id = ? AND n = ?", id, n).Find(&parts).Error; err != nil {
			return fail(err, "read import's file")
		}
		switch {
		case len(parts) == 0 && n == 0:
			return apperr.New(apperr.NotFound, "上传的文件已过保留期（7天），已清除。请重新上传。")
		case len(parts) == 0:
			return nil
		}
		body, err := s.keys.Open(columnImport, numbered(id, n), parts[0].Body)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(out, body); err != nil {
			return fmt.Errorf("write import's file: %w", err)
		}
	}
}

// ApplyImport notes that a checked sheet is being written. One that was cut off may be
// taken up again: what is in the system already stays as it is.
func (s *Store) ApplyImport(ctx context.Context, id string, mode ImportMode, by string) (*ImportJob, error) {
	var j ImportJob
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		j = ImportJob{}
		if err := forUpdate(tx).Where("id = ?", id).Take(&j).Error; err != nil {
			return found(err, "导入", "load import")
		}
		j.bury(s.Now())
		if err := j.appliable(mode); err != nil {
			return err
		}
		now := s.Now()
		j.Status, j.Run, j.Mode, j.AppliedBy, j.AppliedAt, j.BeatAt, j.FinishedAt = ImportApplying, newID(), mode, by, &now, now, nil
		j.Processed, j.Created, j.Changed, j.Same, j.Bad, j.Message = 0, 0, 0, 0, 0, ""
		if err := tx.Where("import_id = ?", id).Delete(&ImportError{}).Error; err != nil {
			return err
		}
		return tx.Save(&j).Error
	})
	return &j, fail(err, "apply import")
}

func (j *ImportJob) appliable(mode ImportMode) error {
	switch {
	case j.Going():
		return apperr.New(apperr.Conflict, "这次导入正在进行，请等它完成。")
	case j.Status == ImportDone:
		return apperr.New(apperr.Conflict, "这张表已经导入。如需再次导入，请重新上传。")
	case j.AppliedAt == nil && j.Status != ImportChecked:
		return apperr.New(apperr.Conflict, "试运行没有完成，不能导入。请重新上传。")
	case j.Status == ImportChecked && j.Bad == j.Total:
		return apperr.New(CodeImportBad, "没有可以导入的行：每一行都有错误。请下载错误表，更正后重新上传。")
	case j.Status == ImportChecked && mode == ImportAll && j.Bad > 0:
		return apperr.Newf(CodeImportBad, "有%d行有错误，没有写入任何内容。请下载错误表，更正后重新上传；或选择只导入正确的行。", j.Bad)
	}
	return nil
}

// EndImport notes how a run ended; why is the reason of a failure. A run that was given up
// changes nothing.
func (s *Store) EndImport(ctx context.Context, id, run string, status ImportStatus, why string) error {
	now := s.Now()
	err := s.DB(ctx).Model(&ImportJob{}).Where("id = ? AND run = ?", id, run).Updates(map[string]any{
		"status": status, "message": truncate(why, messageMax), "beat_at": now, "finished_at": now,
	}).Error
	return fail(err, "end import")
}

// bury shows a job without a sign of life as what it is.
func (j *ImportJob) bury(now time.Time) {
	if j.Going() && j.BeatAt.Before(now.Add(-importSilence)) {
		j.Status, j.FinishedAt = ImportLost, &j.BeatAt
	}
}

// ImportView is an import with the names that lists show.
type ImportView struct {
	ImportJob

	Starter   string
	Cohort    string
	Passwords bool // one-time passwords wait to be fetched
}

func (s *Store) importViews(ctx context.Context, scope Scope) *gorm.DB {
	q := s.DB(ctx).Table("imports").Select(`imports.*, COALESCE(u.name, '') AS starter, COALESCE(c.name, '') AS cohort,
		EXISTS (SELECT 1 FROM import_passwords p WHERE p.import_id = imports.id) AS passwords`).
		Joins("LEFT JOIN users u ON u.id = imports.started_by").Joins("LEFT JOIN cohorts c ON c.id = imports.cohort_id")
	return Scope{All: scope.All, Paths: scope.Roots()}.within(q, "imports.path", "")
}

// TopPath is the path of the organisation above all others; "/" where there are several.
func (s *Store) TopPath(ctx context.Context) (string, error) {
	var paths []string
	err := s.DB(ctx).Model(&Org{}).Where("parent_id IS NULL").Order("path").Limit(2).Pluck("path", &paths).Error
	if len(paths) == 1 {
		return paths[0], fail(err, "load organisation above all")
	}
	return "/", fail(err, "load organisation above all")
}

// ImportFilter narrows a list of imports; empty fields do not.
type ImportFilter struct {
	Kind roster.Kind
	Text string // within the file's name
}

// Imports lists those made on behalf of organisations in scope, the newest first.
func (s *Store) Imports(ctx context.Context, scope Scope, f ImportFilter, p Page) ([]ImportView, string, error) {
	q := s.importViews(ctx, scope)
	if f.Kind != "" {
		q = q.Where("imports.kind = ?", f.Kind)
	}
	if f.Text != "" {
		q = q.Where("imports.file_name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	rows, next, err := paged(q, p, "imports.started_at DESC, imports.id DESC",
		func(v *ImportView) []any { return []any{&v.StartedAt, &v.ID} }, "list imports")
	for i := range rows {
		rows[i].bury(s.Now())
	}
	return rows, next, err
}

// Import returns one import in scope.
func (s *Store) Import(ctx context.Context, scope Scope, id string) (*ImportView, error) {
	var v ImportView
	if err := s.importViews(ctx, scope).Where("imports.id = ?", id).Take(&v).Error; err != nil {
		return nil, found(err, "导入", "load import")
	}
	v.bury(s.Now())
	return &v, nil
}

// ImportErrors lists the bad rows in the order of the sheet.
func (s *Store) ImportErrors(ctx context.Context, id string, p Page) ([]ImportError, string, error) {
	return paged(s.DB(ctx).Where("import_id = ?", id), p, "row_no",
		func(e *ImportError) []any { return []any{&e.RowNo} }, "list bad rows")
}

// KeepErrorsTaken keeps that somebody took the bad rows of an import, which have whole
// numbers, as a file.
func (s *Store) KeepErrorsTaken(ctx context.Context, j *ImportJob, c ClearFile) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error { return s.keepFile(tx, c, FieldIDNumber, j.ID, j.Path, j.Bad) })
	return fail(err, "keep who took bad rows")
}

// TakePasswords gives the one-time passwords of an import out, once. Without a viewer, it is
// the operator at the command line who takes them.
func (s *Store) TakePasswords(ctx context.Context, j *ImportJob, c ClearFile) ([]FirstPassword, error) {
	var list []FirstPassword
	id := j.ID
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		list = nil
		var rows []ImportPasswords
		if err := forUpdate(tx).Where("import_id = ?", id).Order("id").Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			body, err := s.keys.Open(columnPasswords, r.ID, r.Body)
			if err != nil {
				return err
			}
			var some []FirstPassword
			if err := json.NewDecoder(bytes.NewBufferString(body)).Decode(&some); err != nil {
				return err
			}
			list = append(list, some...)
		}
		if c.ViewerID != "" && len(list) > 0 {
			if err := s.keepFile(tx, c, FieldPassword, j.ID, j.Path, len(list)); err != nil {
				return err
			}
		}
		return tx.Where("import_id = ?", id).Delete(&ImportPasswords{}).Error
	})
	if err == nil && len(list) == 0 {
		return nil, apperr.New(apperr.Conflict, "没有可以下载的初始密码：没有新建账号，或已经下载过。需要时请在用户页重置密码。")
	}
	return list, fail(err, "take one-time passwords")
}

// clipRunes cuts text to n characters.
func clipRunes(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

// Actor is in whose name an import writes, or checks.
func (j *ImportJob) Actor() string {
	if j.AppliedBy != "" {
		return j.AppliedBy
	}
	return j.StartedBy
}
