package privacy

import (
	"slices"
	"strings"
)

// Via is how the rows of a table that are a person's are found.
type Via string

// Ways to a person's rows.
const (
	Direct    Via = ""       // an index begins with the column, or the table is small
	InCases   Via = "case"   // in the cases that the person takes part in
	InCohorts Via = "cohort" // in the cohorts of those cases
	OfFiles   Via = "file"   // of the person's files
	OfRecords Via = "record" // of the person's records of hours
)

// Way is one way in which rows of a table are a person's: the column that names them.
type Way struct {
	Column string
	Via    Via
}

// Own is what of one table a person gets who asks for a copy of their data (PIPL art. 45).
type Own struct {
	Table, Title string
	Ways         []Way
	Columns      []Column // of the inventory, in its order; without those that are withheld
	Context      []string // columns that tell of nobody, and that a row is not understood without
	Withheld     []Withheld
}

// Withheld is what a person's copy leaves out.
type Withheld struct {
	Column Column
	Why    string
}

// Why something is left out of a person's copy.
const (
	whySecret    = "鉴别信息：只存摘要或密文，提供出来会危及账号安全"
	whyDerived   = "由已提供的信息算出，只供系统比对或显示"
	whyInternal  = "系统内部标识，不反映个人情况"
	whyOther     = "其他人员的编号；与本人的关系见“本人是”"
	whyHandled   = "只记办理人编号；您办理过什么见“办理事件”和“审计痕迹”"
	whyOffice    = "单位的文稿，不是个人信息；您办理过什么见“办理事件”和“审计痕迹”"
	whyPassing   = "办理过程中的临时数据，随即清除"
	whyOthers    = "主要是他人的信息，提供会损害他人权益"
	whyLawful    = "可能涉及依法应当保密的核查（个人信息保护法第十八条、第四十五条）"
	whyElsewhere = "与已提供的内容重复"
	whyNobody    = "不按人记录，不能对应到本人"
)

// ownership says which rows of a table are a person's, or why none are. "a b" are columns
// that an index finds; "case:a" one that is looked for within the person's cases.
type ownership struct{ ways, why string }

var owned = map[string]ownership{
	"users": {"id", ""}, "grants": {"user_id", ""}, "second_factors": {"user_id", ""}, "recovery_codes": {"user_id", ""},
	"old_passwords": {"user_id", ""}, "sessions": {"user_id", ""}, "linked_logins": {"user_id", ""}, "sso_grants": {"user_id", ""},
	"delegations": {"from_user to_user", ""}, "personal_reads": {"subject_id viewer_id", ""}, "privacy_acknowledgements": {"user_id", ""},
	"data_requests": {"user_id", ""},
	"user_settings": {"user_id", ""}, "board_views": {"owner_id", ""},
	"machine_tokens": {"", whyHandled}, "sso_attempts": {"", whyPassing}, "guesses": {"", whyPassing}, "retention_rules": {"", whyHandled},
	"erasure_runs": {"", whyLawful}, "erasure_items": {"", whyLawful}, "legal_holds": {"", whyLawful},

	"imports": {"started_by", ""}, "import_parts": {"", whyOthers}, "import_errors": {"", whyOthers}, "import_passwords": {"", whyOthers},

	"team_members": {"user_id", ""}, "roster": {"user_id", ""}, "roster_changes": {"case:user_id", ""},
	"roster_requests": {"case:user_id case:asked_by", ""}, "admin_changes": {"user_id asked_by", ""}, "study_groups": {"leader_id", ""},
	"participations": {"case:user_id", ""}, "personal_plans": {"case:user_id", ""}, "teacher_points": {"case:user_id", ""},
	"course_choices": {"cohort:user_id", ""}, "teaching_cases": {"case:updated_by", ""}, "topics": {"", whyOffice}, "activities": {"", whyOffice},
	"initial_reviews": {"case:user_id", ""}, "practice": {"case:user_id", ""}, "credits": {"user_id", ""},
	"registries": {"", whyHandled}, "registry_batches": {"", whyHandled}, "registry_records": {"user_id", ""}, "registry_journal": {"record:no", ""},
	"registry_strays": {"", whyNobody}, "registry_reversals": {"record:no", ""},
	"score_drafts": {"case:expert_id", ""}, "scores": {"case:expert_id", ""},

	"diagnoses": {"", whyOffice}, "plan_drafts": {"", whyOffice}, "plan_revisions": {"", whyOffice}, "filing_opinions": {"case:actor_id", ""},
	"guidance_visits": {"case:visitor_id", ""}, "themes": {"", whyOffice},
	"files": {"owner_id", ""}, "file_versions": {"file:file_id", ""}, "file_uploads": {"owner_id", ""}, "dossier_pins": {"", whyOffice},

	"cases": {"", whyElsewhere}, "events": {"actor_id", ""}, "audit_log": {"actor_id", ""}, "actions": {"actor_id", ""},
	"tasks": {"user_id done_by claimed_by", ""}, "outbox": {"", whyPassing}, "copies": {"user_id", ""}, "urges": {"case:by_user", ""},
	"notices": {"user_id", ""}, "contacts": {"user_id", ""}, "notice_choices": {"user_id", ""}, "channels": {"", whyHandled},
	"channel_health": {"", whyNobody}, "deliveries": {"user_id", ""}, "bulletins": {"", whyOffice}, "bulletin_recipients": {"user_id", ""},
	"bulletin_runs": {"", whyPassing}, "feed": {"", whyPassing},

	"alarms": {"", whyHandled}, "reconcile_runs": {"", whyHandled}, "reconcile_findings": {"", whyNobody},
	"overlays": {"", whyHandled}, "calendars": {"", whyHandled}, "cohorts": {"", whyHandled}, "cohort_schools": {"", whyHandled},
	"case_runs": {"", whyHandled},
}

// left are single columns that a copy leaves out of rows that it gives.
var left = map[string]string{
	"users.id_number_index": whyDerived, "users.phone_index": whyDerived, "users.id_number_mask": whyDerived,
	"contacts.mail_index": whyDerived, "contacts.mail_mask": whyDerived, "contacts.pending_mask": whyDerived,
	"data_requests.value_enc": whyPassing, "data_requests.open_slot": whyInternal,
	"roster_requests.open_slot": whyInternal, "admin_changes.open_slot": whyInternal,
	"notices.source": whyInternal, "deliveries.source": whyInternal, "deliveries.receipt": whyInternal,
	"file_versions.object_key": whyInternal, "file_versions.version_id": whyInternal, "events.patch": whyInternal,
	"actions.envelope": whyElsewhere, "actions.outcome": whyInternal, "audit_log.stated": whyInternal, "tasks.barred": whyOther,
}

// shared are the columns that tell of nobody and that a row is not understood without.
var shared = strings.Fields(`id case_id cohort_id round code kind status state at created_at updated_at asked_at answered_at due_at ` +
	`started_at finished_at action request result indicator score activity_id file_id n type size pinned_round locked_at granted_at slot_kind ` +
	`task since done_at link title school_name name seq bulletin_id batch_id sent_at concluded_at starts_at ends_at disabled`)

// OwnData is what of each table a person's copy holds, in the order of the inventory.
func OwnData() []Own {
	var all []Own
	for _, t := range tables {
		own, o := owned[t.name], Own{Table: t.name, Title: t.title}
		for way := range strings.FieldsSeq(own.ways) {
			via, column, ok := strings.Cut(way, ":")
			if !ok {
				via, column = "", way
			}
			o.Ways = append(o.Ways, Way{column, Via(via)})
		}
		for _, c := range Columns() {
			if c.Table != t.name {
				continue
			}
			if why := own.leftOut(c); why != "" {
				o.Withheld = append(o.Withheld, Withheld{c, why})
				continue
			}
			o.Columns = append(o.Columns, c)
		}
		for name := range strings.FieldsSeq(t.impersonal) {
			if len(o.Ways) > 0 && slices.Contains(shared, name) {
				o.Context = append(o.Context, name)
			}
		}
		all = append(all, o)
	}
	return all
}

func (o ownership) leftOut(c Column) string {
	switch {
	case o.ways == "":
		return o.why
	case c.Class.Category == Credential:
		return whySecret
	case left[c.Table+"."+c.Name] != "":
		return left[c.Table+"."+c.Name]
	case c.Class.Category == Link && !slices.Contains(o.names(), c.Name):
		return whyOther
	}
	return ""
}

// names are the columns that say whose a row is.
func (o ownership) names() []string {
	var all []string
	for way := range strings.FieldsSeq(o.ways) {
		_, column, ok := strings.Cut(way, ":")
		if !ok {
			column = way
		}
		all = append(all, column)
	}
	return all
}
