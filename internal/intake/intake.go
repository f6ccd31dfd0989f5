// Package intake judges what has arrived in the object store for a granted version of a
// file and moves the version on. Small files are judged in the request that completes
// them, large ones by a worker.
package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// Files is what is asked of the object store; *evidence.Store is one.
type Files interface {
	Complete(ctx context.Context, key string, want evidence.Want) (evidence.Object, error)
	Assemble(ctx context.Context, key, uploadID string, total int64) error
	AbortParts(ctx context.Context, key, uploadID string) error
}

// Checker reads uploads and decides whether they become current.
type Checker struct {
	Store *models.Store
	Files Files
	// LimitAttempts is at which verdict that it exceeds the scanner's limits a large file is
	// rejected: until then the operator, who has been told, may raise them. 0 is never.
	LimitAttempts int
}

// The times of a check in the background: how long a claim holds without a sign of
// progress, how long after a first failure of the store it is taken up again, doubled with
// each further one up to a longest, and how long one waits whose case is paused.
const (
	claimFor    = time.Minute
	retryAfter  = 10 * time.Second
	retryAtMost = time.Hour
	pausedFor   = 10 * time.Minute
)

// alarmAfter failed attempts, about 40 minutes, the operator is told.
const alarmAfter = 9

// Check pins the uploaded version and judges it. What is not as granted is rejected for
// good; a missing upload may still come.
func (c Checker) Check(ctx context.Context, v *models.FileVersion, progress func(int64) error) error {
	want := evidence.Want{Size: v.Size, SHA256: v.SHA256, Ext: path.Ext(v.Name), Progress: progress}
	o, err := c.Files.Complete(ctx, v.ObjectKey, want)
	switch apperr.CodeOf(err) {
	case "":
	case evidence.FileSize, evidence.FileSHA256, evidence.FileType, evidence.FileUnsafe, evidence.FileInfected:
		verdict := err
		// The alarm first: once rejected, the file is not looked at again.
		if err := c.alarm(ctx, v, verdict); err != nil {
			return err
		}
		if err := c.Store.FileRejected(ctx, v.FileID, v.N, apperr.MessageOf(verdict)); err != nil {
			return err
		}
		return verdict
	case clamav.Limit, clamav.Unproven: // until somebody changes clamd's settings
		return cmp.Or(c.alarm(ctx, v, err), err)
	default:
		return err
	}
	if err := c.Store.FileUploaded(ctx, v.FileID, v.N, o.VersionID); err != nil {
		return err
	}
	return c.Store.FileChecked(ctx, v.FileID, v.N)
}

// alarm tells the operator of malware, and once a day of a scanner whose settings are in
// the way. What it returns is that he could not be told.
func (c Checker) alarm(ctx context.Context, v *models.FileVersion, cause error) error {
	alarm := models.Alarm{Kind: models.AlarmOutbox, Detail: fmt.Sprintf("version %d of file %s: %v", v.N, v.FileID, cause)}
	switch apperr.CodeOf(cause) {
	case evidence.FileInfected:
		alarm.ID, alarm.Kind = fmt.Sprintf("infected-%s-%d", v.FileID, v.N), models.AlarmInfected
		alarm.Detail = fmt.Sprintf("version %d of file %s, uploaded by %s: %v", v.N, v.FileID, v.GrantedBy, cause)
	case clamav.Limit, clamav.Unproven:
		alarm.ID = "scan-" + c.Store.Now().Format(time.DateOnly) // for all it holds up
	default:
		return nil
	}
	file, err := c.Store.FileByID(ctx, v.FileID)
	if err == nil {
		alarm.CaseID = file.CaseID
		err = c.Store.Raise(ctx, alarm)
	}
	if err != nil {
		return fmt.Errorf("tell operator of %s: %w", apperr.CodeOf(cause), err)
	}
	return nil
}

// Next takes up one large upload that was handed in, puts its parts together, reads the
// whole and decides. It reports whether there was one. When the store or the database
// fails, or ctx ends, another attempt is made later: nothing is lost by a restart.
func (c Checker) Next(ctx context.Context) (bool, error) {
	u, err := c.Store.ClaimUpload(ctx, claimFor)
	if err != nil || u == nil {
		return false, err
	}
	err = c.judge(ctx, u)
	if err == nil || final(err) || c.beyond(u, err) {
		return true, c.end(ctx, u, err)
	}
	if apperr.Is(err, domain.CodePaused) {
		return true, c.Store.PostponeUpload(ctx, u.Upload, pausedFor)
	}
	err = fmt.Errorf("check version %d of file %s: %w", u.Version.N, u.Version.FileID, err)
	if ctx.Err() != nil {
		return true, errors.Join(err, c.Store.PostponeUpload(context.WithoutCancel(ctx), u.Upload, 0))
	}
	return true, errors.Join(err, c.release(ctx, u, err))
}

// beyond reports whether a file has exceeded the scanner's limits for long enough. Attempts
// that failed in another way gave nobody a reason to raise them.
func (c Checker) beyond(u *models.LargeUpload, err error) bool {
	return apperr.Is(err, clamav.Limit) && c.LimitAttempts > 0 && u.Upload.BeyondLimits+1 >= c.LimitAttempts
}

// release has a failed check be made again later, and tells the operator of one that keeps
// failing.
func (c Checker) release(ctx context.Context, u *models.LargeUpload, cause error) error {
	if u.Upload.Attempts >= alarmAfter {
		id := fmt.Sprintf("upload-%s-%d", u.Version.FileID, u.Version.N)
		if err := c.Store.Raise(ctx, models.Alarm{ID: id, Kind: models.AlarmOutbox, CaseID: u.File.CaseID, Detail: cause.Error()}); err != nil {
			return err
		}
	}
	after := backOff(u.Upload.Attempts)
	if apperr.Is(cause, clamav.Limit) {
		return c.Store.UploadBeyond(ctx, u.Upload, after)
	}
	return c.Store.ReleaseUpload(ctx, u.Upload, after)
}

// backOff is how long after so many failed attempts, one or more, the next one is made.
func backOff(attempts int) time.Duration {
	after := retryAfter
	for i := 1; i < attempts && after < retryAtMost; i++ {
		after *= 2
	}
	return min(after, retryAtMost)
}

// judge reads only what could still become current.
func (c Checker) judge(ctx context.Context, u *models.LargeUpload) error {
	v := &u.Version
	if err := c.Store.TakesFile(ctx, u.File); err != nil {
		return err
	}
	if v.State == models.FileChecking {
		if err := c.Files.Assemble(ctx, v.ObjectKey, u.Upload.UploadID, v.Size); err != nil {
			return err
		}
	}
	return c.Check(ctx, v, func(read int64) error { return c.Store.UploadRead(ctx, u.Upload, read, claimFor) })
}

// final reports whether another attempt would fail the same way: the content is not what
// was granted, or the place for it has closed meanwhile.
func final(err error) bool {
	switch apperr.CodeOf(err) {
	case evidence.FileSize, evidence.FileSHA256, evidence.FileType, evidence.FileUnsafe, evidence.FileInfected, evidence.PartsMissing,
		apperr.WrongStage, apperr.CaseClosed, apperr.NotFound, models.CodeWindowClosed, models.CodeNotMember, models.CodeNotLeader,
		domain.CodePlanFileName:
		return true
	}
	return false
}

func (c Checker) end(ctx context.Context, u *models.LargeUpload, verdict error) error {
	if verdict != nil {
		if err := c.Store.FileRejected(ctx, u.Version.FileID, u.Version.N, apperr.MessageOf(verdict)); err != nil {
			return err
		}
	}
	return c.Store.EndUpload(ctx, u.Upload)
}

// GiveUp ends an upload that was not handed in, with the reason, and has the store forget
// its parts.
func (c Checker) GiveUp(ctx context.Context, u *models.LargeUpload, reason string) error {
	if err := c.Files.AbortParts(ctx, u.Version.ObjectKey, u.Upload.UploadID); err != nil {
		return err
	}
	if err := c.Store.FileAborted(ctx, u.Version.FileID, u.Version.N, reason); err != nil {
		return err
	}
	return c.Store.EndUpload(ctx, u.Upload)
}

// tidyBatch is how many expired uploads are given up at a time.
const tidyBatch = 50

// Tidy gives up what was not whole in time.
func (c Checker) Tidy(ctx context.Context) error {
	old, err := c.Store.ExpiredUploads(ctx, tidyBatch)
	if err != nil {
		return err
	}
	for _, u := range old {
		if err := c.GiveUp(ctx, &u, "在规定时间内没有传完，已清理。请重新上传。"); err != nil {
			return fmt.Errorf("give up version %d of file %s: %w", u.Version.N, u.Version.FileID, err)
		}
	}
	return nil
}
