// Package importer runs imports of sheets: the dry run over what was handed in, and the
// writing of it. Rows travel in batches, so a sheet's length costs no memory, and each
// batch is its own transaction that also notes how far the job is. One that is cut off
// can be taken up again, because what is in the system already stays as it is.
package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/roster"
	"zhengxiao/models"
)

// Progress is told after each batch how many rows have been looked at.
type Progress func(done int)

// Request is a sheet as it is handed in.
type Request struct {
	Kind     roster.Kind
	CohortID string // teachers, groups: of which the cases are; empty: accounts only
	FileName string
	Path     string // the organisation on whose behalf
	By       string
}

// Begin keeps a sheet and starts its dry run, which Run does. A file that is no such
// sheet is refused.
func Begin(ctx context.Context, s *models.Store, r Request, body []byte) (*models.ImportJob, error) {
	if err := check(r, body); err != nil {
		return nil, err
	}
	file, err := temporary(func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer os.Remove(file) //nolint:errcheck // temporary
	total, err := roster.Count(r.Kind, file)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return s.BeginImport(ctx, models.NewImport{
		Kind: r.Kind, CohortID: r.CohortID, Path: r.Path, FileName: r.FileName, SHA256: hex.EncodeToString(sum[:]), Total: total, By: r.By,
	}, body)
}

func check(r Request, body []byte) error {
	switch {
	case !r.Kind.Valid():
		return apperr.Field("kind", "没有这种导入，请从列表中选择。")
	case r.Kind == roster.Groups && r.CohortID == "":
		return apperr.Field("cohort_id", "导入教研组须选择批次。")
	case len(body) == 0:
		return apperr.Field("file", "文件是空的，请选择填好的表。")
	case len(body) > roster.MaxBytes:
		return apperr.Newf(apperr.TooLarge, "文件超过%d MB，请分成几个文件导入。", roster.MaxBytes>>20).On("file")
	}
	return nil
}

// temporary writes a file that is the caller's to remove.
func temporary(write func(io.Writer) error) (string, error) {
	f, err := os.CreateTemp("", "zhengxiao-import-*")
	if err != nil {
		return "", fmt.Errorf("create temporary file: %w", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write temporary file: %w", err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// Open reads the sheet of an import again. The caller closes it.
func Open(ctx context.Context, s *models.Store, j *models.ImportJob) (*Sheet, error) {
	path, err := temporary(func(w io.Writer) error { return s.ImportFile(ctx, j.ID, w) })
	if err != nil {
		return nil, err
	}
	sheet, err := roster.Open(j.Kind, path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return &Sheet{sheet, path}, nil
}

// Sheet is an open sheet over a temporary file.
type Sheet struct {
	*roster.Sheet

	path string
}

// Close removes the file.
func (s *Sheet) Close() error { return errors.Join(s.Sheet.Close(), os.Remove(s.path)) }

// Run does what a job is there for, a dry run or writing, and notes how it ended. The
// error is for the operator; the user finds the reason in the job.
func Run(ctx context.Context, s *models.Store, j *models.ImportJob, r models.ImportRights, p Progress) error {
	stopped, err := run(ctx, s, j, r, p)
	status, why := models.ImportDone, stopped
	switch {
	case err != nil:
		status, why = models.ImportFailed, reason(ctx, err)
	case stopped != "":
		status = models.ImportFailed
	case j.Status == models.ImportChecking:
		status = models.ImportChecked
	}
	return errors.Join(err, s.EndImport(context.WithoutCancel(ctx), j.ID, j.Run, status, why))
}

// run goes through the sheet. stopped says to the user why it ended before the sheet did.
func run(ctx context.Context, s *models.Store, j *models.ImportJob, r models.ImportRights, p Progress) (stopped string, err error) {
	if j.Status == models.ImportApplying && j.Mode == models.ImportAll {
		// What has become wrong since the dry run must be known before anything is written.
		if bad, err := recheck(ctx, s, j, r); err != nil || bad > 0 {
			return fmt.Sprintf("试运行之后情况有变，现有%d行不能导入，没有写入任何内容。请重新上传并试运行，查看每一行的原因。", bad), err
		}
	}
	sheet, err := Open(ctx, s, j)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, sheet.Close()) }()
	pass, done := s.NewImportPass(j, r), 0
	for {
		rows, end := sheet.take(models.ImportBatch)
		if end != nil && !errors.Is(end, io.EOF) {
			return "", end
		}
		if len(rows) > 0 {
			n, err := pass.Batch(ctx, rows)
			if err != nil {
				return "", err
			}
			if j.Status == models.ImportApplying && j.Mode == models.ImportAll && n.Bad > 0 {
				return fmt.Sprintf("导入期间有%d行的情况变了，在此之前的%d行已写入，之后的没有。更正后重新上传同一张表即可，已写入的不会重复。", n.Bad, done), nil
			}
			done += len(rows)
			p(done)
		}
		if end != nil {
			return "", nil
		}
	}
}

// recheck counts the bad rows without writing anything.
func recheck(ctx context.Context, s *models.Store, j *models.ImportJob, r models.ImportRights) (bad int, err error) {
	sheet, err := Open(ctx, s, j)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, sheet.Close()) }()
	pass := s.NewImportProbe(j, r)
	for {
		rows, end := sheet.take(models.ImportBatch)
		if end != nil && !errors.Is(end, io.EOF) {
			return bad, end
		}
		if len(rows) > 0 {
			n, err := pass.Batch(ctx, rows)
			if err != nil {
				return bad, err
			}
			bad += n.Bad
		}
		if end != nil {
			return bad, nil
		}
	}
}

// take reads up to n rows; the error is io.EOF at the end of the sheet.
func (s *Sheet) take(n int) ([]roster.Row, error) {
	rows := make([]roster.Row, 0, n)
	for len(rows) < n {
		r, err := s.Next()
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// reason says to people why a run failed.
func reason(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return "系统停止运行，导入没有做完。请再次导入：已写入的不会重复。"
	case apperr.CodeOf(err) != apperr.Internal:
		return apperr.MessageOf(err)
	}
	return "导入没有完成：系统内部错误。已写入的不会重复，请再试一次；如仍失败，请联系系统管理员。"
}
