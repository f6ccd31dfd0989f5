package intake_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/intake"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// store answers what the test says of whatever was uploaded.
type store struct{ verdict error }

func (s *store) Complete(_ context.Context, key string, want evidence.Want) (evidence.Object, error) {
	return evidence.Object{Key: key, VersionID: "v1", Size: want.Size, SHA256: want.SHA256}, s.verdict
}

func (s *store) Assemble(context.Context, string, string, int64) error { return nil }

func (s *store) AbortParts(context.Context, string, string) error { return nil }

// desk is a file that was granted, and who judges it.
type desk struct {
	intake.Checker

	t     *testing.T
	w     *testkit.World
	files *store
	v     *models.FileVersion
	mute  bool // alarms cannot be written
}

var errMute = errors.New("no room for alarms")

func newDesk(t *testing.T) *desk {
	t.Helper()
	clock := testkit.NewClock()
	w := testkit.NewWorld(t, testkit.Store(t, clock), clock)
	c, _ := w.Case(w.School, 1)
	w.Move(c.ID, domain.StageTraining)
	d := &desk{t: t, w: w, files: &store{}}
	d.Checker = intake.Checker{Store: w.Store, Files: d.files, LimitAttempts: 3}
	var err error
	d.v, err = w.Store.GrantFile(t.Context(), models.FileGrant{
		CaseID: c.ID, Slot: models.Slot{Kind: models.SlotDossier, Key: "5"}, OwnerID: w.User(w.School, domain.RoleSchoolAdmin).ID,
		Name: "课例.mp4", Type: "video/mp4", Size: 3, SHA256: strings.Repeat("0", 64), ObjectKey: "k",
	})
	require.NoError(t, err)
	require.NoError(t, w.Store.DB(t.Context()).Callback().Create().Before("gorm:create").Register("mute", func(tx *gorm.DB) {
		if d.mute && tx.Statement.Table == "alarms" {
			_ = tx.AddError(errMute)
		}
	}))
	return d
}

// handIn makes the file a large one of which all parts have come.
func (d *desk) handIn() {
	d.t.Helper()
	_, err := d.w.Store.AddUpload(d.t.Context(), d.v, "up")
	require.NoError(d.t, err)
	require.NoError(d.t, d.w.Store.HandInUpload(d.t.Context(), d.v.FileID, d.v.N))
}

// next is a further attempt at the large file, an hour later.
func (d *desk) next() error {
	d.t.Helper()
	found, err := d.Next(d.t.Context())
	require.True(d.t, found)
	d.w.Clock.Advance(time.Hour)
	return err
}

func (d *desk) state() models.FileState {
	d.t.Helper()
	v, err := d.w.Store.FileVersion(d.t.Context(), d.v.FileID, d.v.N)
	require.NoError(d.t, err)
	return v.State
}

func (d *desk) alarms() []string {
	d.t.Helper()
	list, _, err := d.w.Store.Alarms(d.t.Context(), models.AlarmFilter{}, models.Page{})
	require.NoError(d.t, err)
	kinds := []string{}
	for _, a := range list {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

var (
	errInfected = apperr.New(evidence.FileInfected, "文件中发现病毒（Test），已拒绝。")
	errLimit    = apperr.New(clamav.Limit, "文件过大或压缩层次过深。")
	errAway     = apperr.New(apperr.Unavailable, "病毒检查服务暂时无法访问。")
	errUnproven = apperr.New(clamav.Unproven, "病毒检查服务会把没有查完的文件当作干净文件。")
)

// Once refused, a file is never looked at again: what an operator has to know of it must be
// on record before.
func TestMalwareIsOnRecordBeforeTheFileIsRefused(t *testing.T) {
	t.Parallel()
	for name, large := range map[string]bool{"small": false, "large": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			judge := func() error { return d.Check(t.Context(), d.v, nil) }
			if large {
				d.handIn()
				judge = d.next
			}
			before := d.state()
			d.files.verdict, d.mute = errInfected, true
			err := judge()
			require.ErrorIs(t, err, errMute)
			require.NotEqual(t, evidence.FileInfected, apperr.CodeOf(err), "it is not refused yet")
			require.Equal(t, before, d.state())
			d.mute = false
			if err = judge(); !large {
				require.ErrorIs(t, err, errInfected)
			}
			require.Equal(t, models.FileRejected, d.state())
			require.Equal(t, []string{models.AlarmInfected}, d.alarms())
		})
	}
}

func TestNarrowLimitsAreOnRecordBeforeTheFileIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.handIn()
	d.files.verdict, d.mute = errLimit, true
	for range 5 { // more than it has
		require.ErrorIs(t, d.next(), errMute)
		require.Equal(t, models.FileChecking, d.state())
	}
	d.mute = false
	for range 2 {
		require.ErrorIs(t, d.next(), errLimit, "attempts count from when the operator was told")
	}
	require.NoError(t, d.next())
	require.Equal(t, models.FileRejected, d.state())
	require.Equal(t, []string{models.AlarmOutbox}, d.alarms())
}

// A scanner that was away for a day leaves the operator as much time to raise its limits.
func TestOnlyVerdictsCountAgainstAFileBeyondTheLimits(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.handIn()
	for range 2 {
		d.files.verdict = errAway
		for range 5 {
			require.ErrorIs(t, d.next(), errAway)
		}
		d.files.verdict = errLimit
		require.ErrorIs(t, d.next(), errLimit)
		require.Equal(t, models.FileChecking, d.state())
	}
	require.NoError(t, d.next(), "the third")
	require.Equal(t, models.FileRejected, d.state())
}

// How long limits may be raised is the operator's choice; a clamd that is not believed is
// waited for without end.
func TestAFileBeyondTheLimitsHasAsManyAttemptsAsWereSet(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.handIn()
	d.files.verdict = errLimit
	for range 2 {
		require.ErrorIs(t, d.next(), errLimit)
		require.Equal(t, models.FileChecking, d.state())
	}
	require.NoError(t, d.next())
	require.Equal(t, models.FileRejected, d.state())

	d = newDesk(t)
	d.handIn()
	d.files.verdict = errUnproven
	for range 30 {
		require.ErrorIs(t, d.next(), errUnproven)
	}
	require.Equal(t, models.FileChecking, d.state())
	require.NotEmpty(t, d.alarms())
	d.files.verdict = nil
	require.NoError(t, d.next())
	require.Equal(t, models.FileChecked, d.state())
}
