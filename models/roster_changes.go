package models

import (
	"context"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// rosterFact is what a change of the frozen roster looks at: the requests that wait, and
// either the one that is answered or the teacher whom the reviewer names.
func rosterFact(tx *gorm.DB, caseID string, b domain.Body) (f domain.RosterFact, err error) {
	var waiting []RosterRequest
	if err := tx.Where("case_id = ? AND status = ?", caseID, RequestOpen).Find(&waiting).Error; err != nil {
		return f, fail(err, "load roster requests")
	}
	f.Waiting = len(waiting)
	for _, r := range waiting {
		f.Asked = f.Asked || r.UserID == b.User
		if r.ID == b.Request {
			f.Open = true
			next := RosterRow{CaseID: caseID, UserID: r.UserID, FullTime: r.FullTime, Status: r.NewStatus}
			return f, rosterWith(tx, next, &f)
		}
	}
	var rows []RosterRow
	if err := tx.Where("case_id = ? AND user_id = ?", caseID, b.User).Find(&rows).Error; err != nil || len(rows) == 0 {
		return f, fail(err, "load teacher")
	}
	next := rows[0]
	f.Listed, f.Was = true, next.Status
	next.Status = b.RosterStatus
	return f, rosterWith(tx, next, &f)
}

// rosterWith tells what the roster is like once it has a row.
func rosterWith(tx *gorm.DB, next RosterRow, f *domain.RosterFact) (err error) {
	f.Next = next.Status
	if f.Leads, err = leadsGroup(tx, next.CaseID, next.UserID); err != nil {
		return err
	}
	var others int64
	err = tx.Model(&RosterRow{}).
		Where("case_id = ? AND full_time AND status = ? AND user_id <> ?", next.CaseID, domain.RosterActive, next.UserID).Count(&others).Error
	f.FullTime = int(others)
	if next.FullTime && next.Status == domain.RosterActive {
		f.FullTime++
	}
	return fail(err, "count roster")
}

// leadsGroup reports whether a teacher leads a group of the case.
func leadsGroup(tx *gorm.DB, caseID, userID string) (bool, error) {
	var n int64
	err := tx.Model(&StudyGroup{}).Where("case_id = ? AND leader_id = ?", caseID, userID).Count(&n).Error
	return n > 0, fail(err, "look for led group")
}

// takeUpRequest changes the roster as the reviewer consented.
func takeUpRequest(t *turn) error {
	r, err := t.answer(RequestConsented)
	if err != nil || r == nil {
		return err
	}
	row := RosterRow{CaseID: r.CaseID, UserID: r.UserID, Name: r.Name}
	if err := t.tx.Where("case_id = ? AND user_id = ?", r.CaseID, r.UserID).Limit(1).Find(&row).Error; err != nil {
		return fail(err, "load teacher")
	}
	row.Subject, row.FullTime = r.Subject, r.FullTime
	return t.putRoster(row, r.NewStatus, r.Reason)
}

func turnDownRequest(t *turn) error {
	_, err := t.answer(RequestDeclined)
	return err
}

// answer closes the request that the action answers. An event that is written again may
// find it answered, or not at all where a backup from before it was restored: the event
// stands, and somebody has to look at the roster.
func (t *turn) answer(s RequestStatus) (*RosterRequest, error) {
	var rows []RosterRequest
	if err := t.tx.Where("id = ? AND case_id = ?", t.a.Body.Request, t.c.ID).Find(&rows).Error; err != nil {
		return nil, fail(err, "load roster request")
	}
	if len(rows) == 0 {
		return nil, raise(t.tx, Alarm{
			ID: "request " + t.a.ID, Kind: AlarmDecision, CaseID: t.c.ID, WorkflowID: t.c.WorkflowID, CreatedAt: t.at,
			Detail: "the answer to a roster request is known and the request is not: compare the roster with the case's log",
		})
	}
	r := &rows[0]
	if r.Status != RequestOpen {
		return nil, nil //nolint:nilnil // nothing is left to do
	}
	r.Status, r.OpenSlot, r.AnsweredBy, r.AnsweredAt, r.Comment = s, r.ID, t.a.Actor.UserID, &t.at, clipRunes(t.a.Body.Comment, 500)
	return r, fail(t.tx.Save(r).Error, "answer roster request")
}

// changeRoster notes what the reviewer has learned himself of a teacher.
func changeRoster(t *turn) error {
	var rows []RosterRow
	if err := t.tx.Where("case_id = ? AND user_id = ?", t.c.ID, t.a.Body.User).Find(&rows).Error; err != nil {
		return fail(err, "load teacher")
	}
	if len(rows) == 0 { // as in answer
		return raise(t.tx, Alarm{
			ID: "roster " + t.a.ID, Kind: AlarmDecision, CaseID: t.c.ID, WorkflowID: t.c.WorkflowID, CreatedAt: t.at,
			Detail: "a change of the frozen roster is known and the teacher is not: compare the roster with the case's log",
		})
	}
	return t.putRoster(rows[0], t.a.Body.RosterStatus, t.a.Body.Comment)
}

// putRoster writes a row of the frozen roster and keeps how its status changed.
func (t *turn) putRoster(row RosterRow, status domain.RosterStatus, reason string) error {
	if row.Status != status {
		change := RosterChange{
			ID: newID(), CaseID: row.CaseID, UserID: row.UserID, OldStatus: row.Status, NewStatus: status,
			Reason: clipRunes(reason, 500), ChangedBy: t.a.Actor.UserID, ChangedAt: t.at,
		}
		if err := t.tx.Create(&change).Error; err != nil {
			return fail(err, "record roster change")
		}
	}
	row.Status = status
	if err := upsert(t.tx).Create(&row).Error; err != nil {
		return fail(err, "change roster")
	}
	return tellCase(t.tx, FeedRecords, t.c)
}

// RosterChanges lists how the statuses of some teachers changed after the freeze, oldest
// first.
func (s *Store) RosterChanges(ctx context.Context, caseID string, userIDs []string) ([]RosterChange, error) {
	var rows []RosterChange
	err := s.DB(ctx).Where("case_id = ? AND user_id IN ?", caseID, userIDs).Order("changed_at, id").Find(&rows).Error
	return rows, fail(err, "list roster changes")
}

// RequestTeachers are the names of the teachers that requests are about, by request.
func (s *Store) RequestTeachers(ctx context.Context, ids []string) (map[string]string, error) {
	var rows []RosterRequest
	if err := s.DB(ctx).Select("id", "name").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fail(err, "name teachers of roster requests")
	}
	names := make(map[string]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, nil
}
