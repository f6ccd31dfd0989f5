package models

import (
	"gorm.io/gorm"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

// lapsed finds, of those who claimed a task of this case, who can no longer act on it.
func lapsed(tx *gorm.DB, state domain.State) (map[string]bool, error) {
	gone := map[string]bool{}
	for _, w := range state.OpenWaits() {
		if w.Claimed == "" {
			continue
		}
		able, err := holds(tx, w.Claimed, SeatOf(w))
		if err != nil {
			return nil, err
		}
		if !able {
			gone[w.Claimed] = true
		}
	}
	return gone, nil
}

// holds reports whether an enabled account has a role at an organisation.
func holds(tx *gorm.DB, userID string, seat Seat) (bool, error) {
	var n int64
	err := tx.Table("users").Joins("JOIN grants ON grants.user_id = users.id").
		Where("users.id = ? AND users.disabled = ? AND grants.role = ? AND grants.org_id = ?", userID, false, seat.Role, seat.OrgID).
		Count(&n).Error
	return n > 0, fail(err, "look up holder")
}

func holderFact(tx *gorm.DB, state domain.State, a domain.Action) (bool, error) {
	w, open := state.Wait(a.Visit)
	if !open || a.Body.User == "" {
		return false, nil
	}
	return holds(tx, a.Body.User, SeatOf(w))
}

// SeatOf is the seat that a task waits for.
func SeatOf(w domain.Wait) Seat { return Seat{OrgID: w.OrgID, Role: w.Role} }

// urgesToday counts what the actor urged on the day of now, by visit.
func (s *Store) urgesToday(tx *gorm.DB, caseID string, a domain.Action) (map[int]int, error) {
	var rows []struct{ Visit, N int }
	err := tx.Model(&Urge{}).Select("visit, COUNT(*) AS n").
		Where("case_id = ? AND by_user = ? AND day = ?", caseID, a.Actor.UserID, calendar.DayNumber(s.Now())).
		Group("visit").Scan(&rows).Error
	counts := map[int]int{}
	for _, r := range rows {
		counts[r.Visit] = r.N
	}
	return counts, fail(err, "count urges")
}

// readerFacts finds which of the people a copy is for may see the case. Experts see it as
// members of the panel only, and get no copies.
func readerFacts(tx *gorm.DB, c *Case, ids []string) (map[string]bool, error) {
	may := map[string]bool{}
	if len(ids) == 0 {
		return may, nil
	}
	var rows []struct {
		UserID string
		Path   string
	}
	err := tx.Table("users").Select("users.id AS user_id, orgs.path").
		Joins("JOIN grants ON grants.user_id = users.id").Joins("JOIN orgs ON orgs.id = grants.org_id").
		Where("users.id IN ? AND users.disabled = ? AND grants.role <> ?", ids, false, domain.RoleExpert).Scan(&rows).Error
	for _, r := range rows {
		may[r.UserID] = may[r.UserID] || within(c.Path, r.Path)
	}
	return may, fail(err, "look up readers")
}

// priorFact rebuilds the case as it was before the decision that may be taken back, and
// looks whether teachers have gone on from it.
func priorFact(tx *gorm.DB, caseID string, state domain.State, f *domain.Facts) error {
	if state.Last == nil {
		return nil
	}
	var events []Event
	if err := tx.Where("case_id = ? AND seq < ?", caseID, state.Last.Seq).Order("seq").Find(&events).Error; err != nil {
		return fail(err, "load events")
	}
	prior := domain.State{}
	for i := range events {
		next, err := domain.Apply(prior, events[i].outcome())
		if err != nil {
			return err
		}
		prior = next
	}
	if prior.Seq == state.Last.Seq-1 {
		f.Prior = &prior
	}
	var begun int64
	err := tx.Model(&Activity{}).Where("case_id = ? AND published_at >= ?", caseID, state.Last.At).Count(&begun).Error
	f.Begun = begun > 0
	return fail(err, "look for activities")
}

func listedFact(tx *gorm.DB, caseID, userID string) (bool, error) {
	var n int64
	err := tx.Model(&RosterRow{}).Where("case_id = ? AND user_id = ? AND status = ?", caseID, userID, domain.RosterActive).Count(&n).Error
	return n > 0, fail(err, "look up teacher")
}
