package modelstest

import (
	"strings"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Of two requests with one id the second gets the row of the first.
func testIntakeTwice(w *testkit.World) {
	t := w.T
	row := models.ActionRow{ID: "a", CaseID: "c", BodySHA256: "one", ReceivedAt: w.Clock.Now()}
	first, fresh, err := w.Store.Intake(t.Context(), row)
	require.NoError(t, err)
	require.True(t, fresh)
	require.Equal(t, models.ActionPending, first.Status)

	row.BodySHA256 = "two"
	second, fresh, err := w.Store.Intake(t.Context(), row)
	require.NoError(t, err)
	require.False(t, fresh)
	require.Equal(t, "one", second.BodySHA256)
}

// An id that does not fit would be cut or refused by one database and not by the other.
func testAlarmIDs(w *testkit.World) {
	t := w.T
	for name, id := range map[string]string{"none": "", "too long": strings.Repeat("x", 65)} {
		err := w.Store.Raise(t.Context(), models.Alarm{ID: id, Kind: models.AlarmOrphan})
		require.Equal(t, apperr.Internal, apperr.CodeOf(err), name)
	}
	require.NoError(t, w.Store.Raise(t.Context(), models.Alarm{ID: strings.Repeat("x", 64), Kind: models.AlarmOrphan}))
	require.NoError(t, w.Store.Raise(t.Context(), models.Alarm{ID: strings.Repeat("x", 64), Kind: models.AlarmOutbox}))
	alarms, _, err := w.Store.Alarms(t.Context(), models.AlarmFilter{}, models.Page{})
	require.NoError(t, err)
	require.Len(t, alarms, 1)
	require.Equal(t, models.AlarmOrphan, alarms[0].Kind)
}
