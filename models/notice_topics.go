package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
)

// NoticeTopic is a group of notices that people choose as one.
type NoticeTopic string

// The topics.
const (
	TopicTask     NoticeTopic = "task"     // something new to do
	TopicDue      NoticeTopic = "due"      // dates: nearing, missed, moved
	TopicUrge     NoticeTopic = "urge"     // 催办, 督办
	TopicProgress NoticeTopic = "progress" // 抄送, 暂停, 恢复, 名册
	TopicBulletin NoticeTopic = "bulletin" // 下发通知
	TopicDigest   NoticeTopic = "digest"   // 督办周报
	TopicSystem   NoticeTopic = "system"   // a test, a code: nobody chooses them
)

// NoticeTopics are those that can be chosen.
func NoticeTopics() []NoticeTopic {
	return []NoticeTopic{TopicTask, TopicDue, TopicUrge, TopicProgress, TopicBulletin, TopicDigest}
}

var topicNames = map[NoticeTopic]string{
	TopicTask: "新待办", TopicDue: "期限提醒", TopicUrge: "催办督办", TopicProgress: "抄送与项目变动",
	TopicBulletin: "下发通知", TopicDigest: "督办周报", TopicSystem: "系统",
}

// Name is what users read.
func (t NoticeTopic) Name() string { return topicNames[t] }

// The kinds of notices that no event of a case causes.
const (
	noticeAdmin   = "admin"   // a request that waits for an administrator, or its answer
	noticeAccount = "account" // something about the reader's own account
	noticeRoster  = "roster"  // a request to change a frozen roster
)

// The kinds of deliveries that no notice causes.
const (
	deliveryTest = "test"
	deliveryCode = "mail_code"
)

// TopicOf is the topic of a kind of notices.
func TopicOf(kind string) NoticeTopic {
	switch kind {
	case NoticeTask, NoticeHanded, NoticeReopened, noticeAdmin, noticeAccount, noticeRoster:
		return TopicTask
	case domain.RungRemind, domain.RungOverdue, domain.RungFinal, NoticeExtended:
		return TopicDue
	case NoticeUrge, NoticeEscalated:
		return TopicUrge
	case bulletinNotice:
		return TopicBulletin
	case "digest":
		return TopicDigest
	case deliveryTest, deliveryCode:
		return TopicSystem
	}
	if strings.HasPrefix(kind, domain.RungEscalate) {
		return TopicUrge
	}
	return TopicProgress
}

// Urgent reports whether a kind of notices may not wait for the morning, by the policy of
// the case that it is about; what is about no case goes by the usual one.
func Urgent(kind string, p domain.NoticePolicy) bool {
	if kind == domain.RungOverdue {
		return !p.OverdueWaits
	}
	switch TopicOf(kind) {
	case TopicSystem:
		return true
	case TopicUrge:
		return !p.UrgeWaits
	case TopicDue:
		return p.DueUrgent
	case TopicTask:
		return p.TaskUrgent
	case TopicProgress:
		return p.ProgressUrgent
	case TopicBulletin, TopicDigest:
	}
	return false
}

// UrgentNames are what Urgent lets through, in the words of the settings.
func UrgentNames(p domain.NoticePolicy) []string {
	names := []string{}
	for _, k := range []struct{ kind, name string }{
		{NoticeUrge, TopicUrge.Name()}, {domain.RungOverdue, "逾期提醒"}, {domain.RungRemind, "期限临近和改期的提醒"},
		{NoticeTask, TopicTask.Name()}, {NoticeCopy, TopicProgress.Name()},
	} {
		if Urgent(k.kind, p) {
			names = append(names, k.name)
		}
	}
	return names
}

// noticeRules are those of a case's policy, the usual ones for what is about no case.
func (s *Store) noticeRules(tx *gorm.DB, caseID string) (domain.NoticePolicy, error) {
	var digests []string
	if caseID == "" {
		return domain.NoticePolicy{}, nil
	}
	err := tx.Model(&Case{}).Where("id = ?", caseID).Limit(1).Pluck("policy_digest", &digests).Error
	if err != nil || len(digests) == 0 {
		return domain.NoticePolicy{}, fail(err, "find policy of case")
	}
	p, err := s.policy(tx, digests[0])
	return p.Notices, err
}

// NoticeRules are those that a case opened now would get at an organisation, by programme.
func (s *Store) NoticeRules(ctx context.Context, path string) (map[string]domain.NoticePolicy, error) {
	rules := map[string]domain.NoticePolicy{}
	for _, programme := range policy.Programmes() {
		layers, err := s.Layers(ctx, programme, path, s.Now())
		if err != nil {
			return nil, err
		}
		merged, err := Merged(programme, layers)
		if err != nil {
			return nil, err
		}
		p, err := policy.Parse(merged)
		if err != nil {
			return nil, fmt.Errorf("read policy in force: %w", err)
		}
		rules[programme] = p.Notices
	}
	return rules, nil
}

// chose reports whether a topic is among those chosen; none chosen is all of them.
func chose(topics string, t NoticeTopic) bool {
	return topics == "" || t == TopicSystem || slices.Contains(strings.Fields(topics), string(t))
}

// Quiet is when nothing is sent: between two minutes of the day in China (equal for never),
// and on days that nobody works.
type Quiet struct {
	QuietFrom, QuietTo int
	WorkingDays        bool // only on working days
	Urgent             bool // what is urgent goes out all the same
}

const (
	minutesOfDay = 24 * 60
	// quietMost bounds how far ahead a working day is looked for.
	quietMost = 40
)

func (q Quiet) within(minute int) bool {
	if q.QuietFrom <= q.QuietTo {
		return minute >= q.QuietFrom && minute < q.QuietTo
	}
	return minute >= q.QuietFrom || minute < q.QuietTo // over midnight
}

// next is the first moment from at on at which something may be sent.
func (q Quiet) next(at time.Time, days *calendar.Calendar) time.Time {
	for range quietMost {
		local := at.In(china)
		minute := local.Hour()*60 + local.Minute()
		switch {
		case q.WorkingDays && !worked(days, at):
			at = calendar.DayStart(calendar.DayNumber(at) + 1)
		case q.within(minute):
			rest := (q.QuietTo - minute + minutesOfDay) % minutesOfDay
			at = at.Truncate(time.Minute).Add(time.Duration(rest) * time.Minute)
		default:
			return at
		}
	}
	return at
}

// worked takes Mondays to Fridays in a year that the calendar does not know.
func worked(days *calendar.Calendar, at time.Time) bool {
	yes, err := days.IsWorkingDay(at)
	if err != nil {
		d := at.In(china).Weekday()
		return d != time.Saturday && d != time.Sunday
	}
	return yes
}

// slot is the next time of day, in minutes, after at.
func slot(at time.Time, minute int) time.Time {
	next := calendar.DayStart(calendar.DayNumber(at)).Add(time.Duration(minute) * time.Minute)
	if !next.After(at) {
		next = next.AddDate(0, 0, 1)
	}
	return next
}
