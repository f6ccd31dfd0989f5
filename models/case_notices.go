package models

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// Outbox kinds.
const (
	OutboxNotice = "notice" // tell those who are waited for
	OutboxLock   = "lock"   // lock the pinned file versions in the object store
)

// NoticePayload says what a notice is about.
type NoticePayload struct {
	Visit  int         `json:"visit"`
	Task   domain.Task `json:"task"`
	Role   domain.Role `json:"role"`
	OrgID  string      `json:"org_id"`
	UserID string      `json:"user_id,omitempty"`
	// Claimed is who of the office has taken the task: told alone while they can act.
	Claimed string `json:"claimed,omitempty"`
	// Barred are those of the office who must leave the task to another: it is not theirs.
	Barred []string `json:"barred,omitempty"`
	Reason string   `json:"reason"`          // the rung that rang, or one of the reasons below
	Words  string   `json:"words,omitempty"` // the actor's own
}

// The reasons of notices that no timer causes.
const (
	NoticeTask      = "task"      // something new to do
	NoticeUrge      = "urge"      // 催办
	NoticeCopy      = "copy"      // 抄送
	NoticeExtended  = "extended"  // 延期
	NoticeHanded    = "handed"    // 转办
	NoticeEscalated = "escalated" // told as a superior that a task is long overdue
	NoticeReopened  = "reopened"  // 重开研修 for one teacher
	NoticePaused    = "paused"    // 暂停
	NoticeResumed   = "resumed"   // 恢复
)

// notify tells whom a task waits for: who it is for, who has claimed it, or everybody of
// the office.
func (t *turn) notify(w domain.Wait, reason string) error {
	p := NoticePayload{
		Visit: w.Visit, Task: w.Task, Role: w.Role, OrgID: w.OrgID, UserID: w.UserID, Claimed: w.Claimed, Barred: w.Barred, Reason: reason,
	}
	return t.inform(p, "")
}

// inform queues a notice. Subject tells apart several of one reason from one event.
func (t *turn) inform(p NoticePayload, subject string) error {
	switch t.a.Kind {
	case domain.Urge, domain.Copy, domain.Extend, domain.HandOver, domain.Pause:
		p.Words = truncate(t.a.Body.Comment, wordsMost)
	}
	payload, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode notice: %w", err)
	}
	key := fmt.Sprintf("%d/%s", p.Visit, p.Reason)
	if subject != "" {
		key += "/" + subject
	}
	return t.enqueue(OutboxNotice, key, string(payload))
}

// escalate tells the superiors that the policy names for this rung of the ladder.
func (t *turn) escalate(w domain.Wait, rung string) error {
	var n int
	if _, err := fmt.Sscanf(rung, domain.RungEscalate+"%d", &n); err != nil {
		return nil //nolint:nilerr // not a rung of the ladder
	}
	for _, role := range domain.Tell(t.facts.Policy.Escalation, n) {
		if err := t.tellSuperior(w, role); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) enqueue(kind, subject, payload string) error {
	row := OutboxRow{
		ID: newID(), CaseID: t.c.ID, Seq: t.after.Seq, Kind: kind, Subject: subject, Payload: payload,
		CreatedAt: t.at, NotBefore: t.at,
	}
	if err := t.tx.Create(&row).Error; err != nil {
		return fmt.Errorf("enqueue %s: %w", kind, err)
	}
	return nil
}

// tellSuperior tells a role of the school's superior organisation, or of the city above it.
func (t *turn) tellSuperior(w domain.Wait, role domain.Role) error {
	org := t.after.SuperiorID
	switch {
	case role == domain.RoleDistrict:
		role = t.after.Reviewer()
	case role == domain.RoleCityOffice && !t.after.Direct:
		city, err := parentOf(t.tx, org)
		if err != nil || city == "" {
			return err
		}
		org = city
	}
	if role == w.Role && org == w.OrgID {
		return nil // told already, as whoever is waited for
	}
	p := NoticePayload{Visit: w.Visit, Task: w.Task, Role: role, OrgID: org, Reason: NoticeEscalated}
	return t.inform(p, string(role))
}

func parentOf(tx *gorm.DB, orgID string) (string, error) {
	var o Org
	err := tx.Select("id", "parent_id").Where("id = ?", orgID).Take(&o).Error
	if err != nil || o.ParentID == nil {
		return "", fail(err, "load superior organisation")
	}
	return *o.ParentID, nil
}

// informAll tells the school and the offices above it, once for the whole case.
func (t *turn) informAll(reason string) error {
	for _, seat := range []Seat{
		{t.c.SchoolID, domain.RoleSchoolAdmin}, {t.c.SchoolID, domain.RolePrincipal},
		{t.after.SuperiorID, t.after.Reviewer()}, {t.after.SuperiorID, domain.RoleBureau},
	} {
		if err := t.inform(NoticePayload{Role: seat.Role, OrgID: seat.OrgID, Reason: reason}, string(seat.Role)); err != nil {
			return err
		}
	}
	return nil
}
