package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// StudyGroup is a 教研组 or another 研修共同体 of the school (002:63).
type StudyGroup struct {
	ID        string `gorm:"primaryKey"`
	CaseID    string
	Kind      string
	Name      string
	LeaderID  string
	CreatedBy string
	CreatedAt time.Time
}

// TableName is the table of StudyGroup.
func (StudyGroup) TableName() string { return "study_groups" }

// RosterRow is one teacher of a case. FullTime marks 专任教师; GroupID is empty until the
// teacher is put into a group.
type RosterRow struct {
	CaseID   string `gorm:"primaryKey"`
	UserID   string `gorm:"primaryKey"`
	Name     string
	Subject  string
	GroupID  string
	FullTime bool
	Status   domain.RosterStatus
	// WindowUntil is set when the study window was opened again for this teacher alone.
	WindowUntil *time.Time
}

// TableName is the table of RosterRow.
func (RosterRow) TableName() string { return "roster" }

// RosterChange is one change of a teacher's status after the roster was frozen.
type RosterChange struct {
	ID        string `gorm:"primaryKey"`
	CaseID    string
	UserID    string
	OldStatus domain.RosterStatus
	NewStatus domain.RosterStatus
	Reason    string
	ChangedBy string
	ChangedAt time.Time
}

// TableName is the table of RosterChange.
func (RosterChange) TableName() string { return "roster_changes" }

// Theme is the school's 校本主题.
type Theme struct {
	CaseID    string `gorm:"primaryKey"`
	Title     string
	Text      string
	UpdatedBy string
	UpdatedAt time.Time
}

// TableName is the table of Theme.
func (Theme) TableName() string { return "themes" }

// ThemePoint is one 应用能力点 within the school's scope.
type ThemePoint struct {
	CaseID string `gorm:"primaryKey"`
	Code   string `gorm:"primaryKey"`
}

// TableName is the table of ThemePoint.
func (ThemePoint) TableName() string { return "theme_points" }

// Topic is a 研修专题 of a group.
type Topic struct {
	ID          string `gorm:"primaryKey"`
	CaseID      string
	GroupID     string
	Title       string
	Description string
	CreatedBy   string
	CreatedAt   time.Time
}

// TableName is the table of Topic.
func (Topic) TableName() string { return "topics" }

// Activity is one published 研修活动. TopicID is empty when it belongs to no topic.
type Activity struct {
	ID          string `gorm:"primaryKey"`
	CaseID      string
	GroupID     string
	TopicID     string
	Kind        string
	Title       string
	Description string
	Hours       domain.Hours
	Offline     bool
	StartsAt    *time.Time
	EndsAt      *time.Time
	PublishedBy string
	PublishedAt time.Time
	CancelledAt *time.Time
}

// TableName is the table of Activity.
func (Activity) TableName() string { return "activities" }

// Participation is one member in one activity. Hours count once CompletedAt is set;
// NamedBy is the leader who named the member of an offline activity (003:200).
type Participation struct {
	ActivityID  string `gorm:"primaryKey"`
	UserID      string `gorm:"primaryKey"`
	CaseID      string
	Hours       domain.Hours
	Content     string
	NamedBy     string
	Year        int // of completion, in China
	JoinedAt    time.Time
	CompletedAt *time.Time
}

// TableName is the table of Participation.
func (Participation) TableName() string { return "participations" }

// PersonalPlan holds the goals of a teacher's 个人提升计划; its file is in the slot.
type PersonalPlan struct {
	CaseID    string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	Goals     string
	UpdatedAt time.Time
}

// TableName is the table of PersonalPlan.
func (PersonalPlan) TableName() string { return "personal_plans" }

// TeacherPoint is one 应用能力点 a teacher chose.
type TeacherPoint struct {
	CaseID   string `gorm:"primaryKey"`
	UserID   string `gorm:"primaryKey"`
	Code     string `gorm:"primaryKey"`
	ChosenAt time.Time
}

// TableName is the table of TeacherPoint.
func (TeacherPoint) TableName() string { return "teacher_points" }

// TeachingCase is the one 教学案例 of a group (003:243): the 教学设计 is a file in the slot,
// the 课堂实录 stays at the school and VideoLocation says where.
type TeachingCase struct {
	CaseID        string `gorm:"primaryKey"`
	GroupID       string `gorm:"primaryKey"`
	Title         string
	Reflection    string
	VideoLocation string
	UpdatedBy     string
	UpdatedAt     time.Time
}

// TableName is the table of TeachingCase.
func (TeachingCase) TableName() string { return "teaching_cases" }

// CourseChoice is one 自主选学 of an online special course (004:49).
type CourseChoice struct {
	CohortID  string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	Course    string `gorm:"primaryKey"`
	Hours     domain.Hours
	CreatedAt time.Time
}

// TableName is the table of CourseChoice.
func (CourseChoice) TableName() string { return "course_choices" }
