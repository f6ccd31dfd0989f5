package domain

// Policy is everything the sources leave open, as data. A case pins one merged version
// by digest when it is opened; see package policy for loading, merging and validation.
type Policy struct {
	Programme     string              `json:"programme"` // "2.0" or "1.0"
	Title         string              `json:"title"`
	Team          TeamPolicy          `json:"team"`
	Environments  []Choice            `json:"environments"` // 002:27: 多媒体 / 混合学习 / 智慧学习
	PlanParts     []PlanPart          `json:"plan_parts"`   // the 两案
	Filing        FilingPolicy        `json:"filing"`
	Groups        GroupsPolicy        `json:"groups"`
	Hours         HoursPolicy         `json:"hours"`
	Points        PointsPolicy        `json:"points"`
	Files         map[string]FileRule `json:"files"` // by slot kind: plan, summary, practice, activity, teaching_case, dossier, diagnosis, plan_part
	Gates         GatesPolicy         `json:"gates"`
	Evidence      []EvidenceItem      `json:"evidence"` // the 15 items, 003:413-427
	Panel         PanelPolicy         `json:"panel"`
	Rubric        Rubric              `json:"rubric"`
	Rectification RectificationPolicy `json:"rectification"`
	Credit        CreditPolicy        `json:"credit"`
	Deadlines     map[Stage]Deadline  `json:"deadlines"`
	Appeal        AppealPolicy        `json:"appeal,omitzero"`
	Urge          UrgePolicy          `json:"urge,omitzero"`
	Notices       NoticePolicy        `json:"notices,omitzero"`
	Escalation    []EscalationStep    `json:"escalation,omitempty"` // one per rung of the ladder; the last one serves all further rungs
}

// Choice is a code with the label users see.
type Choice struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// TeamPolicy bounds the 信息化管理团队 (002:25: 3 to 5 people).
type TeamPolicy struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// PlanPart is one document of the 两案.
type PlanPart struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Evidence int    `json:"evidence"` // the item of the 15 that the filed part becomes
}

// FilingPolicy is the review chain of 审核备案: one name per step, 经办→复核→签发 at most.
type FilingPolicy struct {
	Chain []string `json:"chain"`
	// Distinct asks for a different person on each step.
	Distinct bool `json:"distinct,omitempty"`
}

// GroupsPolicy bounds 教研组 and 研修工作坊.
type GroupsPolicy struct {
	// CrossDistrict allows a workshop to have members of more than one district
	// (000:150 forbids it).
	CrossDistrict bool `json:"cross_district"`
}

// HoursPolicy holds the 学时 of the programme and of each activity kind.
type HoursPolicy struct {
	Target       Hours          `json:"target"`         // 003:137: 25 校本学时 to pass
	Cap          Hours          `json:"cap"`            // 003:175: no more than this is recorded
	Online       Hours          `json:"online"`         // 网络研修: 25 (2.0, 002:13), 56 (1.0, 001:113)
	Total        Hours          `json:"total"`          // 50 (002:13), 80 (001:113)
	OnlineChoice Hours          `json:"online_choice"`  // 004:49: 自主选学 of online special courses, at most
	Kinds        []ActivityKind `json:"activity_kinds"` // 003:151-171
}

// ActivityKind is one of the four activity forms. Fixed kinds always carry Hours;
// otherwise the group leader sets hours above zero and up to Hours.
type ActivityKind struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Fixed   bool   `json:"fixed"`
	Hours   Hours  `json:"hours"`
	Offline bool   `json:"offline"` // 003:200: the leader names the members and uploads the evidence
}

// PointsPolicy bounds the 应用能力点 a teacher chooses (003:275: at least 3).
type PointsPolicy struct {
	Min  int      `json:"min"`
	List []Choice `json:"list"`
}

// FileRule says what may be uploaded into a slot. Limits are inclusive (不超过).
type FileRule struct {
	Types         []string `json:"types"` // lower-case extensions without the dot
	MaxBytes      int64    `json:"max_bytes"`
	MaxVideoBytes int64    `json:"max_video_bytes,omitempty"` // for mp4 instead of MaxBytes, if set
}

// GatesPolicy holds gate B's threshold as an exact fraction (003:449: 95 %, inclusive).
type GatesPolicy struct {
	BNum int `json:"b_num"`
	BDen int `json:"b_den"`
}

// EvidenceItem is one line of the 整校推进证明清单 (003:410-427).
type EvidenceItem struct {
	No       int    `json:"no"`
	Name     string `json:"name"`
	Form     string `json:"form"`
	Source   string `json:"source,omitempty"` // filled by the system from: team, diagnosis or a plan part's code
	Required bool   `json:"required"`
}

// PanelPolicy says how many experts a case needs and how their scores become one.
type PanelPolicy struct {
	Min       int    `json:"min"`
	Max       int    `json:"max"`
	Aggregate string `json:"aggregate"` // "mean"
}

// Rubric is the 绩效考核评分量表. Scores are in tenths of a point.
type Rubric struct {
	Title      string      `json:"title"`
	Full       Score       `json:"full"`
	Pass       Score       `json:"pass"`
	Indicators []Indicator `json:"indicators"`
}

// Indicator is one scored line of the rubric, with the path that leads to it and the
// evidence items an expert looks at.
type Indicator struct {
	Code     string   `json:"code"`
	Path     []string `json:"path"`
	Name     string   `json:"name"`
	Max      Score    `json:"max"`
	Evidence []int    `json:"evidence,omitempty"`
}

// RectificationPolicy bounds 整改.
type RectificationPolicy struct {
	MaxRounds int `json:"max_rounds"`
}

// CreditPolicy says who is credited when a case passes.
type CreditPolicy struct {
	// FailedTeachers credits teachers whose 测评 is 不合格 too. The sources do not say
	// (requirements A10); the base policy says no.
	FailedTeachers bool `json:"failed_teachers"`
	// AwaitReceipts keeps a case from closing before the registry has acknowledged every
	// confirmed hour. The sources ask for registration only (003:22).
	AwaitReceipts bool `json:"await_receipts,omitempty"`
}

// Deadline of a waiting step, in working days after the wait begins. Rungs fire one
// after the other: RemindBefore days before the due date, at the due date, and each of
// Escalate days after it.
type Deadline struct {
	Days         int   `json:"days"`
	RemindBefore int   `json:"remind_before"`
	Escalate     []int `json:"escalate,omitempty"`
}

// Hours are 学时 in tenths: 105 is 10.5 学时.
type Hours int

// Score is in tenths of a point: 875 is 87.5 分.
type Score int

// AppealPolicy gives schools a time to object (申请复核) to a result that is not a pass.
type AppealPolicy struct {
	Days int `json:"days"` // working days after the confirmation; 0: the result is final at once
}

// NoticePolicy says which notices of a case go out at once although their reader is not to
// be disturbed. 催办 and what is overdue do, unless they are to wait; the others wait.
type NoticePolicy struct {
	UrgeWaits      bool `json:"urge_waits,omitempty"`
	OverdueWaits   bool `json:"overdue_waits,omitempty"`
	DueUrgent      bool `json:"due_urgent,omitempty"`
	TaskUrgent     bool `json:"task_urgent,omitempty"`
	ProgressUrgent bool `json:"progress_urgent,omitempty"`
}

// UrgePolicy bounds 催办.
type UrgePolicy struct {
	PerDay int `json:"per_day"` // times a person may urge one task in a day; 0: nobody may
}

// EscalationStep says who is told, besides whoever is waited for, when a task has been
// overdue long enough to be escalated.
type EscalationStep struct {
	Tell []Role `json:"tell"` // district (or 市工程办 for a 局属 school), bureau, city_office
}

// Tell lists who is told at the n-th rung of a ladder, from 1; its last step serves all
// further rungs.
func Tell(ladder []EscalationStep, n int) []Role {
	if len(ladder) == 0 || n < 1 {
		return nil
	}
	return ladder[min(n, len(ladder))-1].Tell
}
