package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

func TestAnAlarmIsClosedOnceWithANote(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, _ := w.Case(w.School, 0)
	require.NoError(t, w.Store.Raise(t.Context(), models.Alarm{ID: "first", Kind: models.AlarmStuck, CaseID: c.ID, Detail: "d"}))
	require.NoError(t, w.Store.Raise(t.Context(), models.Alarm{ID: "second", Kind: models.AlarmOrphan}))
	admin := w.User(w.City, domain.RoleSysadmin)
	operator := r.as(admin.ID)
	list := func(query string) []gen.Alarm {
		return ok[gen.AlarmList](operator.get("/api/v1/alarms"+query), http.StatusOK).Items
	}
	require.Len(t, list(""), 2)
	require.Equal(t, []string{"流程受阻", w.School.Name}, []string{list("?kind=stuck")[0].KindName, list("?case_id=" + c.ID)[0].School})
	require.Len(t, list("?limit=1"), 1)
	operator.get("/api/v1/alarms?kind=fire").refused(http.StatusUnprocessableEntity, apperr.Invalid)

	const path = "/api/v1/alarms/first/close"
	r.as(w.User(w.City, domain.RoleCityOffice).ID).post(path, gen.AlarmClosing{Note: "好"}).refused(http.StatusForbidden, apperr.Forbidden)
	operator.post(path, gen.AlarmClosing{}).refused(http.StatusUnprocessableEntity, apperr.Invalid)
	operator.post(path, gen.AlarmClosing{Note: "  "}).refused(http.StatusUnprocessableEntity, apperr.Invalid)
	closed := ok[gen.Alarm](operator.post(path, gen.AlarmClosing{Note: "已补发"}), http.StatusOK)
	require.Equal(t, []string{admin.Name, "已补发"}, []string{closed.ClearedBy, closed.Note})
	require.True(t, w.Clock.Now().Equal(closed.ClearedAt))
	operator.post(path, gen.AlarmClosing{Note: "再次"}).refused(http.StatusConflict, apperr.Conflict)
	operator.post("/api/v1/alarms/none/close", gen.AlarmClosing{Note: "好"}).refused(http.StatusNotFound, apperr.NotFound)
	require.Len(t, list(""), 1)
	require.Equal(t, "first", list("?state=closed")[0].Id)
	require.Len(t, list("?state=all&sort=created"), 2)
}
