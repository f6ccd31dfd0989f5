package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
)

// CodeActivityMode is an online step on an offline activity, or the reverse.
const CodeActivityMode apperr.Code = "activity_mode"

// china has had no daylight saving time since 1991: years of 学时 are counted there.
var china = time.FixedZone("CST", 8*3600)

// Join puts a member on an online activity of the own group (003:147: 自主参与); joining
// again changes nothing.
func (s *Store) Join(ctx context.Context, caseID, activityID, userID string) (*Participation, error) {
	return s.takePart(ctx, caseID, activityID, userID, func(*Participation) {})
}

// Complete records what a member did online; the activity's hours count from then on.
// Until the window closes the content may be replaced, the time of completion stays.
func (s *Store) Complete(ctx context.Context, caseID, activityID, userID, content string) (*Participation, error) {
	if strings.TrimSpace(content) == "" {
		return nil, apperr.Field("content", "请填写参与活动的内容后再提交。")
	}
	return s.takePart(ctx, caseID, activityID, userID, func(p *Participation) {
		p.Content = content
		s.complete(p)
	})
}

func (s *Store) complete(p *Participation) {
	if p.CompletedAt != nil {
		return
	}
	now := s.Now()
	p.CompletedAt, p.Year = &now, now.In(china).Year()
}

// takePart applies change to a member's participation in an online activity.
func (s *Store) takePart(ctx context.Context, caseID, activityID, userID string, change func(*Participation)) (*Participation, error) {
	var p Participation
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.writableBy(tx, caseID, userID, whileTraining); err != nil {
			return err
		}
		a, err := lockActivity(forShare(tx), caseID, activityID)
		if err != nil {
			return err
		}
		if a.Offline {
			return apperr.New(CodeActivityMode, "线下活动由组长指定组员并上传佐证材料，无需在线参与。")
		}
		if err := s.running(a); err != nil {
			return err
		}
		if err := memberOf(tx, a, userID); err != nil {
			return err
		}
		p = Participation{}
		err = tx.Where("activity_id = ? AND user_id = ?", activityID, userID).Limit(1).Find(&p).Error
		if err != nil {
			return err
		}
		if p.UserID == "" {
			p = Participation{ActivityID: activityID, UserID: userID, CaseID: caseID, JoinedAt: s.Now()}
		}
		p.Hours = a.Hours
		change(&p)
		return upsert(tx).Create(&p).Error
	})
	return &p, err
}

// running refuses an activity that has not begun or is over.
func (s *Store) running(a *Activity) error {
	now := s.Now()
	switch {
	case a.StartsAt != nil && now.Before(*a.StartsAt):
		return apperr.New(apperr.Conflict, "该活动尚未开始，请在开始后参加。")
	case a.EndsAt != nil && !now.Before(*a.EndsAt):
		return apperr.New(apperr.Conflict, "该活动已经结束，不能再参加；请联系组长。")
	}
	return nil
}

// memberOf locks a teacher who must be in the activity's group.
func memberOf(tx *gorm.DB, a *Activity, userID string) error {
	r, err := lockTeacher(tx, a.CaseID, userID)
	if err != nil {
		return err
	}
	if r.GroupID != a.GroupID {
		return apperr.Newf(CodeNotMember, "%s不是该活动所属教研组的成员，请联系组长或学校管理员。", r.Name).On("members")
	}
	return nil
}

// NameMembers records who took part in an offline activity: its leader names them and
// their hours count at once (003:200). Members named before stay.
func (s *Store) NameMembers(ctx context.Context, caseID, activityID, by string, userIDs []string) error {
	if len(userIDs) == 0 {
		return apperr.Field("members", "请至少指定一名组员。")
	}
	return s.offline(ctx, caseID, activityID, by, userIDs, func(tx *gorm.DB, a *Activity) error {
		rows := make([]Participation, 0, len(userIDs))
		for _, id := range sorted(userIDs) {
			if err := memberOf(tx, a, id); err != nil {
				return err
			}
			p := Participation{ActivityID: a.ID, UserID: id, CaseID: caseID, Hours: a.Hours, NamedBy: by, JoinedAt: s.Now()}
			s.complete(&p)
			rows = append(rows, p)
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, batchSize).Error
	})
}

// UnnameMember takes a member off an offline activity again.
func (s *Store) UnnameMember(ctx context.Context, caseID, activityID, by, userID string) error {
	return s.offline(ctx, caseID, activityID, by, []string{userID}, func(tx *gorm.DB, a *Activity) error {
		if _, err := lockTeacher(tx, caseID, userID); err != nil {
			return err
		}
		res := tx.Where("activity_id = ? AND user_id = ?", a.ID, userID).Delete(&Participation{})
		if err := one(res, res.Error, "参与记录", "remove participation"); err != nil {
			return err
		}
		return reopenReview(tx, caseID, userID)
	})
}

// offline applies a leader's change to who took part. After the study window it is for
// teachers only for whom that was opened again, on activities that begin before it ends.
func (s *Store) offline(ctx context.Context, caseID, activityID, by string, userIDs []string, change func(*gorm.DB, *Activity) error) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		until, err := s.writableFor(tx, caseID, userIDs, whileTraining)
		if err != nil {
			return err
		}
		a, err := lockActivity(forShare(tx), caseID, activityID)
		if err != nil {
			return err
		}
		if err := ledBy(tx, caseID, a.GroupID, by); err != nil {
			return err
		}
		if !a.Offline {
			return apperr.New(CodeActivityMode, "线上活动由组员自主参与，不能指定组员。")
		}
		if until != nil && a.StartsAt != nil && !a.StartsAt.Before(*until) {
			return apperr.Newf(CodeWindowClosed, "该活动在所选教师的重开研修截止（%s）之后才开始，不能登记。", until.In(china).Format("2006-01-02 15:04"))
		}
		return change(tx, a)
	})
}

// Participants lists who is on an activity.
func (s *Store) Participants(ctx context.Context, activityID string) ([]Participation, error) {
	var rows []Participation
	err := s.DB(ctx).Where("activity_id = ?", activityID).Order("user_id").Find(&rows).Error
	return rows, fail(err, "list participants")
}

// ParticipationView is a participation with what a list shows of its activity.
type ParticipationView struct {
	Participation

	Title string
	Kind  string
}

// ParticipationsOf lists one teacher's participations in a case.
func (s *Store) ParticipationsOf(ctx context.Context, caseID, userID string) ([]ParticipationView, error) {
	var rows []ParticipationView
	err := s.DB(ctx).Table("participations p").Select("p.*, a.title, a.kind").
		Joins("JOIN activities a ON a.id = p.activity_id").
		Where("p.case_id = ? AND p.user_id = ?", caseID, userID).Order("p.joined_at, p.activity_id").Find(&rows).Error
	return rows, fail(err, "list participations")
}
