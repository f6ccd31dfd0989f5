package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
)

// Who sets the rules of a place says what is urgent there; everybody there is told.
func TestWhatIsUrgentIsARuleOfThePlace(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	urgent := func(p person) map[string][]string {
		t.Helper()
		all := map[string][]string{}
		for _, k := range ok[gen.UrgentNotices](p.get("/api/v1/me/urgent-notices"), 200).Items {
			all[k.Programme] = k.Kinds
		}
		return all
	}
	here, there := r.as(w.User(w.School, domain.RoleTeacher).ID), r.as(w.User(w.Foreign, domain.RoleTeacher).ID)
	usual := map[string][]string{"2.0": {"催办督办", "逾期提醒"}, "1.0": {"催办督办", "逾期提醒"}}
	require.Equal(t, usual, urgent(here))
	office := r.as(w.User(w.District, domain.RoleDistrict).ID)
	ok[gen.OverlayVersion](office.post(overlayPath(w.District.ID, ""), publication(`{"notices":{"urge_waits":true,"task_urgent":true}}`, 0)), http.StatusCreated)
	require.Equal(t, map[string][]string{"2.0": {"逾期提醒", "新待办"}, "1.0": {"催办督办", "逾期提醒"}}, urgent(here))
	require.Equal(t, usual, urgent(there))
}
