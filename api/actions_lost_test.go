package api

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// The engine is away and the note of the action cannot be taken back: the user learns that
// nobody knows, and the same request later is the same action, done once.
func TestAnActionThatCannotBeTakenBackIsUnconfirmed(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]error{
		"away":             errors.New("engine: connection refused"),
		"no such workflow": apperr.New(apperr.NotFound, "no such workflow"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFiling(t)
			stuck := true
			require.NoError(t, f.store.DB(t.Context()).Callback().Delete().Before("gorm:delete").Register("stuck", func(tx *gorm.DB) {
				if stuck && tx.Statement.Table == "actions" {
					_ = tx.AddError(errors.New("the database is away, too"))
				}
			}))
			before := f.events()
			f.engine.set(away, false)
			refused := f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve)
			refused.refused(503, apperr.Unavailable)
			require.Contains(t, refused.Body.String(), "未确认是否生效")
			var row models.ActionRow
			require.NoError(t, f.store.DB(t.Context()).Where("case_id = ? AND status = ?", f.id, models.ActionPending).Take(&row).Error)
			require.Equal(t, domain.ApprovePlan, row.Kind, "it is still on record, to be sent again")
			require.Empty(t, alarms(f.rig), "nothing is known yet")

			stuck = false
			f.engine.set(nil, false)
			done := ok[gen.ActionResult](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 200)
			require.Equal(t, domain.StageTraining, done.Case.Stage)
			require.Equal(t, before+1, f.events())
		})
	}
}
