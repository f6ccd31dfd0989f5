package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// What MySQL refuses is named by key and column and not by value.
func TestErrorsOfMySQL_have_no_values(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	db := testkit.MySQL(t)
	alarm := models.Alarm{ID: "慕容'婉儿", CreatedAt: testkit.NewClock().Now()}
	require.NoError(t, db.Create(&alarm).Error)
	err := db.Create(&alarm).Error
	require.True(t, models.IsDuplicate(err))
	require.ErrorContains(t, err, "for key 'alarms.PRIMARY'")
	for _, err := range []error{
		err,
		db.Exec("UPDATE alarms SET created_at = '慕容婉儿'").Error,
		db.Exec("UPDATE alarms SET run_id = 1 WHERE kind = 'x' 慕容婉儿").Error,
	} {
		require.Error(t, err)
		require.NotContains(t, err.Error(), "婉儿")
	}
}
