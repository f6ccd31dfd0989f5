package api

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
)

// columnsOf says where each text of a request is stored; empty is nowhere. SQLite stores
// what is too long for its column, MySQL refuses it.
var columnsOf = map[string][]string{
	"LoginRequest.login": {}, "LoginRequest.password": {}, "PasswordChange.current": {}, "PasswordChange.password": {},
	"{noticeVersion}": {}, "NoticeRead.version": {"privacy_acknowledgements.version", "users.privacy_version"},

	"SsoCompletion.state": {}, "SsoCompletion.code": {}, "SsoCompletion.iss": {}, "SsoCompletion.error": {}, "SsoCompletion.factor": {},
	"SsoLogin.return_to": {"sso_attempts.return_to"}, "{providerId}": {"sso_attempts.provider"},
	"Unlocking.reason": {"notices.body"}, "SessionProof.password": {}, "SessionProof.code": {}, "LoginRequest.code": {}, "FactorCode.code": {}, "{sessionId}": {},

	"NewOrg.parent_id": {"orgs.parent_id"}, "NewOrg.code": {"orgs.code"}, "NewOrg.name": {"orgs.name", "cases.school_name"},
	"NewUser.login": {"users.login"}, "NewUser.name": {"users.name", "roster.name"}, "NewUser.org_id": {"users.org_id", "grants.org_id"},
	"NewUser.id_number": {"users.id_number_enc"}, "NewUser.phone": {"users.phone_enc"},

	"NewMachineToken.name": {"machine_tokens.name"}, "NewMachineToken.org_id": {"machine_tokens.org_id"}, "NewMachineToken.networks": {"machine_tokens.networks"}, "{tokenId}": {},
	"NewAdminChange.user_id": {"admin_changes.user_id"}, "NewAdminChange.org_id": {"admin_changes.org_id"},
	"NewAdminChange.reason": {"admin_changes.reason"}, "AdminDecision.comment": {"admin_changes.comment"}, "{changeId}": {},

	"NewCohort.code": {"cohorts.code"}, "NewCohort.name": {"cohorts.name"}, "NewCohort.programme": {"cohorts.programme", "cases.programme"},
	"NewCohort.org_id": {"cohorts.org_id"}, "CohortChange.name": {"cohorts.name"}, "SchoolIds.school_ids": {"cohort_schools.school_id"},

	"SchoolRest.school_ids": {}, "SchoolRest.reason": {"cohort_schools.reason"}, "ScheduleRow.school": {}, "ScheduleRow.cohort": {},
	"NewSecondRound.code": {"cohorts.code"}, "NewSecondRound.name": {"cohorts.name"}, "NewSecondRound.school_ids": {"cohort_schools.school_id"},
	"NewBulletin.title": {"bulletins.title"}, "NewBulletin.body": {"bulletins.body"}, "Audience.org_ids": {}, "Audience.cohort_id": {}, "Audience.sender_id": {},
	"BulletinReceipt.reply": {"bulletin_recipients.reply"}, "{bulletinId}": {},

	"ActionRequest.comment": {"filing_opinions.comment", "events.body"}, "ActionRequest.draft": {"events.body"}, "ActionRequest.dismiss": {"events.body"},
	"ActionRequest.experts": {"tasks.user_id"}, "ActionRequest.notes": {"scores.note"}, "ActionRequest.receipt": {"credits.receipt"},
	"ActionRequest.user": {"tasks.claimed_by", "roster.user_id"}, "ActionRequest.users": {"copies.user_id"},
	"BatchRequest.comment": {"filing_opinions.comment"}, "BatchRequest.user": {"tasks.claimed_by"}, "BatchItem.case_id": {},
	"NewDelegation.to_user": {"delegations.to_user"}, "NewDelegation.reason": {"delegations.reason"}, "DelegatedRole.org_id": {"delegations.org_id"},
	"{copyId}": {}, "{delegationId}": {},
	"Reason.part": {"filing_opinions.comment"}, "Reason.text": {"filing_opinions.comment"},

	"TeamMemberDraft.user_id": {"team_members.user_id"}, "TeamMemberDraft.responsibility": {"team_members.responsibility"},
	"DiagnosisDraft.environment": {"diagnoses.environment"}, "DiagnosisDraft.strengths": {"diagnoses.strengths"},
	"DiagnosisDraft.weaknesses": {"diagnoses.weaknesses"}, "DiagnosisDraft.opportunities": {"diagnoses.opportunities"},
	"DiagnosisDraft.threats": {"diagnoses.threats"}, "PlanPartDraft.text": {"plan_drafts.text"}, "{part}": {"plan_drafts.part"},
	"NewGuidanceVisit.topic": {"guidance_visits.topic"}, "NewGuidanceVisit.content": {"guidance_visits.content"},
	"NewGuidanceVisit.advice": {"guidance_visits.advice"},

	"RosterRowDraft.user_id": {"roster.user_id"}, "RosterRowDraft.subject": {"roster.subject"},
	"Theme.title": {"themes.title"}, "Theme.text": {"themes.text"}, "Theme.points": {"theme_points.code"},
	"GroupDraft.kind": {"study_groups.kind"}, "GroupDraft.name": {"study_groups.name"}, "GroupDraft.leader_id": {"study_groups.leader_id"},
	"MembersChange.add": {"roster.user_id"}, "MembersChange.remove": {},
	"TeachingCaseDraft.title": {"teaching_cases.title"}, "TeachingCaseDraft.reflection": {"teaching_cases.reflection"},
	"TeachingCaseDraft.video_location": {"teaching_cases.video_location"},
	"NewTopic.group_id":                {"topics.group_id"}, "NewTopic.title": {"topics.title"}, "NewTopic.description": {"topics.description"},
	"NewActivity.group_id": {"activities.group_id"}, "NewActivity.topic_id": {"activities.topic_id"}, "NewActivity.kind": {"activities.kind"},
	"NewActivity.title": {"activities.title"}, "NewActivity.description": {"activities.description"},
	"UserIds.user_ids": {"participations.user_id"}, "Completion.content": {"participations.content"},

	"PersonalPlanDraft.goals": {"personal_plans.goals"}, "PointChoice.points": {"teacher_points.code"},
	"PracticeSubmission.note": {"practice.note"}, "{code}": {"practice.code"}, "CourseChoice.course": {"course_choices.course"},
	"InitialReviewMarks.user_ids": {"initial_reviews.user_id"}, "InitialReviewMarks.reason": {"initial_reviews.reason"},
	"PracticeReview.reason": {"practice.review_reason"}, "PracticeGrade.note": {"practice.grade_note"},

	"UploadRequest.slot_key": {"files.slot_key"}, "UploadRequest.name": {"file_versions.name"}, "UploadRequest.sha256": {"file_versions.sha256"},
	"PartWish.md5": {}, "FileLink.slot_key": {"files.slot_key"}, "FileLink.file_id": {"file_versions.linked_file_id"},
	"ScoreDraft.notes": {"score_drafts.note"},

	"BoardViewDraft.name": {"board_views.name"}, "BoardViewDraft.sort": {"board_views.sort"}, "BoardViewDraft.org_id": {"board_views.org_id"},
	"BoardViewDraft.filters": {"board_views.filters"}, "BoardViewDraft.columns": {"board_views.columns"},
	"UserSettings.board_view_id": {"user_settings.view_id"}, "{viewId}": {}, "{digestId}": {},

	"{caseId}": {}, "{cohortId}": {}, "{orgId}": {"grants.org_id"}, "{userId}": {}, "{groupId}": {}, "{activityId}": {}, "{fileId}": {},
	"{schoolId}": {}, "{actionId}": {}, "{noticeId}": {}, "{digest}": {},
	"{version}": {}, "{alarmId}": {}, "{runId}": {}, "{importId}": {}, "AlarmClosing.note": {"alarms.cleared_note"},
	"{scopeId}": {}, "{programme}": {}, "{run}": {},
	"RegistryDraft.project": {"registries.settings"}, "RegistryDraft.category": {"registries.settings"}, "RegistryDraft.url": {"registries.settings"},
	"RegistryDraft.secret": {"registries.secret"}, "RegistryDraft.certificate": {"registries.settings"},
	"RegistryDraft.client_key": {"registries.client_key"}, "RegistryDraft.org_pattern": {"registries.settings"},
	"RegistryColumn.field": {"registries.settings"}, "RegistryColumn.title": {"registries.settings"},
	"NewRegistryBatch.case_ids": {}, "RegistrySettlement.receipt": {"registry_records.receipt", "registry_journal.receipt"},
	"RegistrySettlement.reason":  {"registry_records.reason", "registry_journal.reason"},
	"NewRegistryReversal.reason": {"registry_reversals.reason"}, "RegistryDecision.note": {"registry_reversals.note"},
	"{batchId}": {}, "{recordNo}": {}, "{reversalId}": {},
	"NewOverlay.reason": {"overlays.reason"}, "NewCalendar.reason": {"calendars.reason"}, "NewCalendar.base": {},
	"NewCalendar.version": {"calendars.version", "cohorts.calendar_version"}, "CalendarDraft.base": {}, "CalendarDraft.version": {"calendars.version"},
	"CalendarYearDraft.source": {"calendars.body"}, "CalendarDayDraft.date": {"calendars.body"},
	"CalendarDayDraft.kind": {"calendars.body"}, "CalendarDayDraft.name": {"calendars.body"},
	"CalendarAssignment.version": {"case_runs.target"}, "CalendarAssignment.seen": {"case_runs.source"}, "CalendarAssignment.reason": {"case_runs.reason"},
	"MigrationChoice.target": {}, "MigrationChoice.case_ids": {}, "MigrationChoice.stage": {}, "MigrationChoice.district_id": {}, "MigrationChoice.q": {},
	"NewMigration.target": {"case_runs.target"}, "NewMigration.case_ids": {"case_run_items.case_id"}, "NewMigration.reason": {"case_runs.reason"},
	"ReadReason.words": {"personal_reads.words"}, "RevealRequest.words": {"personal_reads.words"}, "LookupRequest.value": {},
	"LookupRequest.words": {"personal_reads.words"}, "ReadReview.note": {"personal_reads.review_note"},
	"NewDataRequest.words": {"data_requests.words"}, "NewDataRequest.value": {"data_requests.value_mask"}, "DataRequestAnswer.answer": {"data_requests.answer", "notices.body"}, "{readId}": {}, "{entryId}": {},
	"{erasureId}": {}, "{holdId}": {}, "{class}": {}, "RetentionChange.reason": {"retention_rules.reason"}, "NewErasure.user_id": {"erasure_runs.subject_id"},
	"NewErasure.request_id": {"erasure_runs.request_id"}, "NewErasure.org_id": {"erasure_runs.org_id"}, "NewErasure.reason": {"erasure_runs.reason", "notices.body"},
	"ErasureProposal.reason": {"erasure_runs.reason", "notices.body"}, "ErasureDecision.comment": {"erasure_runs.comment", "notices.body"},
	"NewHold.subject_id": {"legal_holds.subject_id"}, "NewHold.reason": {"legal_holds.reason"}, "HoldLift.reason": {"legal_holds.lift_reason"},
	"MailAddress.mail": {"contacts.mail_enc"}, "MailCode.code": {}, "{channelId}": {}, "{deliveryId}": {}, "Replay.channel_id": {}, "Replay.code": {},
	"NewChannel.org_id": {"channels.org_id"}, "ChannelDraft.name": {"channels.name"}, "ChannelDraft.url": {"channels.url_enc"},
	"ChannelDraft.secret": {"channels.secret_enc"}, "MailServer.host": {"channels.server"}, "MailServer.username": {"channels.server"},
	"MailServer.from": {"channels.server"}, "MailServer.from_name": {"channels.server"},
	"{requestId}": {}, "ActionRequest.request": {"events.body"},
	"NewRosterRequest.user_id": {"roster_requests.user_id"}, "NewRosterRequest.subject": {"roster_requests.subject", "roster.subject"},
	"NewRosterRequest.reason": {"roster_requests.reason", "roster_changes.reason"}, "Transfer.org_id": {"users.org_id"},
	"Transfer.reason": {"roster_requests.reason", "roster_changes.reason"}, "HandoverRequest.from": {}, "HandoverRequest.to": {"grants.user_id"},
}

// before is what the server itself puts in front of a text, in characters: a teacher's
// slots begin with who it is.
var before = map[string]int{"UploadRequest.slot_key": 36 + len("/")}

// texts collects the free texts below a schema with the most characters they may have.
func texts(into map[string]uint64, name string, ref *openapi3.SchemaRef) {
	if ref == nil {
		return
	}
	s := ref.Value
	if parent := ref.Ref[strings.LastIndex(ref.Ref, "/")+1:]; s.Type.Is("object") && parent != "" {
		name = parent
	}
	switch {
	case s.Type.Is("object"):
		for property, of := range s.Properties {
			texts(into, name+"."+property, of)
		}
		texts(into, name, s.AdditionalProperties.Schema)
	case s.Type.Is("array"):
		texts(into, name, s.Items)
	case s.Type.Is("string") && s.Format != "date-time" && len(s.Enum) == 0:
		into[name] = 0
		if s.MaxLength != nil {
			into[name] = *s.MaxLength
		}
	}
}

func TestEveryTextOfTheContractFitsItsColumn(t *testing.T) {
	t.Parallel()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	limits := map[string]uint64{}
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody != nil {
				if body := op.RequestBody.Value.Content["application/json"]; body != nil {
					texts(limits, op.OperationID, body.Schema)
				}
			}
			for _, p := range append(op.Parameters, item.Parameters...) {
				if p.Value.In == "path" {
					texts(limits, "{"+p.Value.Name+"}", p.Value.Schema)
				}
			}
		}
	}
	db := testkit.SQLite(t)
	for text, limit := range limits {
		require.NotZero(t, limit, "%s has no maxLength", text)
		columns, listed := columnsOf[text]
		require.True(t, listed, "say in which columns %s is stored", text)
		for _, column := range columns {
			table, name, _ := strings.Cut(column, ".")
			var kind string
			require.NoError(t, db.Raw("SELECT type FROM pragma_table_info(?) WHERE name = ?", table, name).Scan(&kind).Error)
			require.NotEmpty(t, kind, "%s does not exist", column)
			if size, bounded := strings.CutPrefix(kind, "VARCHAR("); bounded {
				most, err := strconv.Atoi(strings.TrimSuffix(size, ")"))
				require.NoError(t, err)
				require.LessOrEqual(t, int(limit)+before[text], most, "%s does not fit %s", text, column)
			}
		}
	}
	for text := range columnsOf {
		require.Contains(t, limits, text, "the contract has no such text")
	}
}

// The 备案号 is made of the longest codes that the contract lets through.
func TestTheFilingNumberFitsItsColumns(t *testing.T) {
	t.Parallel()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	most := func(schema string) int {
		return int(*spec.Components.Schemas[schema].Value.Properties["code"].Value.MaxLength)
	}
	longest := len([]rune(fmt.Sprintf("备%s-%s", strings.Repeat("x", most("NewCohort")), strings.Repeat("x", most("NewOrg")))))
	db := testkit.SQLite(t)
	for _, table := range []string{"cases", "plan_revisions"} {
		var kind string
		require.NoError(t, db.Raw("SELECT type FROM pragma_table_info(?) WHERE name = 'filing_no'", table).Scan(&kind).Error)
		var size int
		_, err := fmt.Sscanf(kind, "VARCHAR(%d)", &size)
		require.NoError(t, err)
		require.GreaterOrEqual(t, size, longest, table)
	}
}

func TestALongNoteIsRefusedBeforeItIsReceived(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	m := newMatrix(t, w)
	expert, id := r.as(m.callers[domain.RoleExpert].ID), m.objects["own"].caseID
	code := w.Policy.Rubric.Indicators[0].Code
	notes := func(n int) map[string]string { return map[string]string{code: strings.Repeat("分", n)} }
	draft := func(n int) gen.ScoreDraft { return gen.ScoreDraft{Scores: map[string]domain.Score{}, Notes: notes(n)} }
	require.Equal(t, "notes."+code, expert.put(casePath(id, "/score-draft"), draft(501)).refused(422, apperr.Invalid).Field)
	ok[gen.ScoreDraft](expert.put(casePath(id, "/score-draft"), draft(500)), 200)
	expert.act(id, domain.SubmitScore, "key-00000001", gen.ActionRequest{Notes: notes(501)}).refused(422, apperr.Invalid)
	unknown := gen.ScoreDraft{Scores: map[string]domain.Score{}, Notes: map[string]string{strings.Repeat("x", 40): " "}}
	expert.put(casePath(id, "/score-draft"), unknown).refused(422, domain.CodeScoreUnknown)
}
