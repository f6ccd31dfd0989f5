package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
)

// unproven are the writes for which a session is enough, by the reason why.
var unproven = map[string]string{
	"signing in or out, and the proof itself":                             "login logout proveSession beginSsoLogin completeSso beginSsoProof backchannelLogout",
	"asks for the password or a code itself":                              "changePassword confirmSecondFactor proveContact",
	"only ends what could be misused":                                     "endDelegation dropContact withdrawRosterChange deleteBoardView",
	"writes nothing that counts: checks, previews, counts and trial runs": "checkOverlay checkCalendar countAudience previewMigration startImport",
	"one's own marks, choices and views":                                  "putSettings putNoticeChoice readNotice readCopy readBulletin confirmBulletin createBoardView putBoardView acknowledge",
	"asks for one's own data; who answers proves who they are":            "askAboutData",
	"marks what was looked at, changes nothing":                           "reviewRead closeAlarm",
	"announces, on record, to people who are there":                       "sendBulletin remindBulletin sendDigests",
	"plans of cohorts: nothing starts before openCohort": "createCohort updateCohort addCohortSchools removeCohortSchool restCohortSchools " +
		"startSecondRound scheduleSchools",
	"gives more time, to everybody, on record": "extendCohort",
	"a place without anybody in it":            "createOrg",
	"drafts: what is submitted is judged":      "putTeam putDiagnosis putPlanPart putSelfScore putScoreDraft putTheme putPersonalPlan putTeachingCase",
	"a school's daily work, judged at the gates by others": "addGuidanceVisit putRoster askRosterChange createGroup updateGroup deleteGroup " +
		"changeGroupMembers createTopic publishActivity cancelActivity nameParticipants joinActivity completeActivity choosePoints submitPractice " +
		"chooseCourse setInitialReviews reviewPractice gradePractice",
	"files, which are checked, pinned and kept":                         "grantUpload startUpload abortUpload grantParts linkFile unlinkFile completeUpload",
	"actions in batches: none that wants a proof alone can be taken so": "takeActions",
}

// unprovenKinds are the actions of a case for which a session is enough.
var unprovenKinds = map[string][]domain.Kind{
	"a step of the school's own, which others judge": {
		domain.SubmitTeam, domain.SubmitDiagnosis, domain.SubmitPlan, domain.WithdrawPlan, domain.FinishTraining, domain.SubmitAssessment,
		domain.SubmitDossier, domain.AppealResult, domain.AcceptResult,
	},
	"sends back or gives more time, and can be done again": {
		domain.ReturnTeam, domain.ReturnPlan, domain.ReopenTraining, domain.ReopenTeacher, domain.Extend, domain.Pause, domain.Resume,
		domain.TakeBack,
	},
	"a district's daily work by the hundred; can be taken back": {domain.ApprovePlan, domain.ConsentRoster, domain.DeclineRoster, domain.ChangeRoster},
	"the panel's work; what comes of it is confirmed with a proof": {
		domain.AssignPanel, domain.AcceptPanel, domain.DeclinePanel, domain.DeclareConflict, domain.Recuse, domain.SubmitScore, domain.CloseScoring,
	},
	"who works on it, and who knows": {domain.ClaimTask, domain.ReleaseTask, domain.HandOver, domain.Urge, domain.Copy},
}

// untaken are what may be taken out of the system in a session alone.
var untaken = map[string]string{
	"figures and lists of schools": "exportProgress exportNotStarted exportSummary exportTurnaround listCohorts " +
		"listCohortSchools listCaseRuns listCaseRunItems listOrgs listAcknowledgedOrgs listRegistryBalances listRegistryBatches listRegistryJournal",
	"rules, days and settings": "listPolicies listOverlays listCalendars listPersonalData listRetention listPrivacyVersions " +
		"listChannels listMachineTokens",
	"one's own": "listTasks listNotices listCopies listMyReads listMyDataRequests listMyCredits " +
		"",
	"one case, for those who work on it: names, no numbers": "exportBlockerGroups listCaseCopies listCaseUrges listTimeline listBlockers " +
		"listBlockerGroups listPlanRevisions listFilingOpinions listGuidanceVisits listFiles listFileVersions listScores listOpenRosterRequests " +
		"listRosterRequests listGroups listTopics listActivities listParticipations listCourseChoices listInitialReviews listPractice " +
		"listPracticeRegister getPaper downloadFile",
	"names of colleagues, no numbers": "listBulletins listBulletinRecipients listEvents ",
	"what happened to the system, not to people": "listDeliveries listAlarms listReconcileRuns listReconcileFindings listImports listAdminChanges " +
		"listErasures listRegistryStrays",
}

// excuses turns a table round, and refuses what has two.
func excuses(t *testing.T, table map[string]string) map[string]string {
	t.Helper()
	why := map[string]string{}
	for reason, ids := range table {
		for id := range strings.FieldsSeq(ids) {
			require.NotContains(t, why, id, "two reasons")
			why[id] = reason
		}
	}
	return why
}

// A new operation that writes wants a fresh proof, or a reason above why a session is
// enough.
func TestEveryWriteWantsAFreshProofOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	spec, err := loadContract()
	require.NoError(t, err)
	why, seen := excuses(t, unproven), 0
	for _, op := range spec.routes {
		if op.route.Method == http.MethodGet {
			require.NotContains(t, why, op.id(), "reads")
			continue
		}
		reason, excused := why[op.id()]
		if excused {
			seen++
		}
		wants := op.step.always || len(op.step.kinds) > 0
		require.NotEqual(t, wants, excused, "%s: x-step-up in the contract or a reason why not, and not both (%s)", op.id(), reason)
	}
	require.Len(t, why, seen, "reasons for operations that are no more")
}

func TestEveryKindOfActionWantsAFreshProofOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	spec, err := loadContract()
	require.NoError(t, err)
	known := map[domain.Kind]bool{}
	for _, op := range spec.routes {
		for _, kind := range op.step.kinds {
			known[domain.Kind(kind)] = true
		}
	}
	for _, kinds := range unprovenKinds {
		for _, kind := range kinds {
			require.False(t, known[kind], "%s: a proof and a reason, or two reasons", kind)
			known[kind] = true
		}
	}
	for _, kind := range domain.Kinds() {
		require.True(t, known[kind], "%s: x-step-up of takeAction or a reason why not", kind)
	}
	require.Len(t, known, len(domain.Kinds()))
}

// What is taken out of the system (sheets, papers, packages) is taken with a fresh proof,
// or there is a reason above.
func TestEveryExportWantsAFreshProofOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	spec, err := loadContract()
	require.NoError(t, err)
	why, seen := excuses(t, untaken), 0
	for _, op := range spec.routes {
		_, sheet := workbooks[op.id()]
		_, file := taken[op.id()]
		reason, excused := why[op.id()]
		if excused {
			seen++
		}
		if !sheet && !file {
			require.False(t, excused, "%s gives nothing out", op.id())
			continue
		}
		require.NotEqual(t, op.step.always || op.step.export, excused, "%s: x-step-up or a reason why not, and not both (%s)", op.id(), reason)
	}
	require.Len(t, why, seen, "reasons for operations that are no more")
}
