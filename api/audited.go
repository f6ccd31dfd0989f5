package api

import (
	"strings"

	"github.com/gin-gonic/gin"

	"zhengxiao/models"
)

// audited is how operations that write are called in the audit log, by operationId. Those
// of a case whose events tell of them are not doubled; see unaudited.
var audited = map[string]string{
	"login":          "login",
	"logout":         "logout",
	"changePassword": "password.change",
	"proveSession":   "session.prove",
	"acknowledge":    "privacy.acknowledge",

	"beginSecondFactor":   "second_factor.begin",
	"confirmSecondFactor": "second_factor.enable",
	"renewRecoveryCodes":  "second_factor.codes",
	"dropSecondFactor":    "second_factor.disable",
	"resetSecondFactor":   "second_factor.disable",

	"completeSso":       "login.provider",
	"backchannelLogout": "logout.provider",
	"dropLink":          "login.unlink",

	"endMySession":     "session.end",
	"endOtherSessions": "session.end_others",
	"endUserSessions":  "session.end_all",

	"createOrg":       "org.create",
	"createUser":      "user.create",
	"addGrant":        "user.grant",
	"removeGrant":     "user.revoke",
	"disableUser":     "user.disable",
	"enableUser":      "user.enable",
	"unlockUser":      "user.unlock",
	"resetPassword":   "password.reset",
	"transferTeacher": "user.transfer",

	"revealUser":    "personal.reveal",
	"revealContact": "personal.reveal",
	"findPerson":    "personal.lookup",
	"reviewRead":    "personal.review",

	"putRetention":   "retention.set",
	"createErasure":  "erasure.prepare",
	"proposeErasure": "erasure.propose",
	"decideErasure":  "erasure.decide",
	"createHold":     "hold.set",
	"liftHold":       "hold.lift",

	"createMachineToken": "token.create",
	"revokeMachineToken": "token.revoke",
	"askAboutData":       "data_request.ask",
	"answerDataRequest":  "data_request.answer",

	"createAdminChange": "admin.ask",
	"decideAdminChange": "admin.decide",

	"handOverRole": "role.hand_over",

	"startImport":         "import.check",
	"applyImport":         "import.apply",
	"takeImportPasswords": "import.passwords",
	"exportImportErrors":  "import.errors",

	"publishOverlay": "overlay.publish",
	"createCalendar": "calendar.store",

	"createCohort":       "cohort.create",
	"updateCohort":       "cohort.update",
	"extendCohort":       "cohort.extend",
	"addCohortSchools":   "cohort.add_schools",
	"removeCohortSchool": "cohort.remove_school",
	"openCohort":         "cohort.open",
	"restCohortSchools":  "cohort.rest_schools",
	"startSecondRound":   "cohort.second_round",
	"scheduleSchools":    "cohort.schedule",
	"setCohortCalendar":  "cohort.calendar",
	"startMigration":     "cohort.migrate",

	"createBoardView": "board_view.create",
	"putBoardView":    "board_view.update",
	"deleteBoardView": "board_view.delete",

	"sendDigests":      "digest.send",
	"sendBulletin":     "bulletin.send",
	"remindBulletin":   "bulletin.remind",
	"confirmBulletin":  "bulletin.confirm",
	"createDelegation": "delegation.create",
	"endDelegation":    "delegation.end",
	"closeAlarm":       "alarm.close",

	"askContact":          "contact.ask",
	"proveContact":        "contact.prove",
	"dropContact":         "contact.drop",
	"createChannel":       "channel.create",
	"putChannel":          "channel.change",
	"testChannel":         "channel.test",
	"rotateChannelSecret": "channel.rotate",
	"dropChannelSecret":   "channel.drop_secret",
	"replayDelivery":      "delivery.replay",
	"replayDeliveries":    "delivery.replay",

	"startReconcile": "reconcile.start",

	"putRoster":              "roster.put",
	"askRosterChange":        "roster.ask",
	"withdrawRosterChange":   "roster.withdraw",
	"addGuidanceVisit":       "visit.add",
	"setInitialReviews":      "review.set",
	"putRegistry":            "registry.set",
	"createRegistryBatch":    "registry.batch",
	"takeRegistryFile":       "registry.file",
	"resendRegistryBatch":    "registry.resend",
	"putRegistryReceipts":    "registry.receipts",
	"settleRegistryRecord":   "registry.settle",
	"askRegistryReversal":    "registry.ask_reversal",
	"decideRegistryReversal": "registry.decide_reversal",

	"linkFile":   "file.link",
	"unlinkFile": "file.unlink",
}

const (
	inEvents   = "its outcome is an event of the case, or no outcome at all"
	writesNone = "writes nothing"
	markRead   = "a reader's own mark that something was read"
	ownSetting = "a reader's own settings"
	draft      = "a draft; what it becomes when handed in is an event"
	underWay   = "a request to a provider under way; what comes of it is entered"
	daily      = "a teacher's daily record: the row names its author and time, a gate's event the sha256 of all results"
	uploading  = "bytes on their way; what a file becomes in a case is an event, and every version is immutable"
)

// unaudited are the operations that write and leave no entry, each with the reason.
var unaudited = map[string]string{
	"beginSsoLogin": underWay, "beginSsoProof": underWay, "beginSsoLink": underWay,
	"takeAction": inEvents, "takeActions": inEvents,
	"checkOverlay": writesNone, "checkCalendar": writesNone, "previewMigration": writesNone, "countAudience": writesNone,
	"readCopy": markRead, "readNotice": markRead, "readBulletin": markRead,
	"putSettings":     ownSetting,
	"putNoticeChoice": ownSetting,
	"putTeam":         draft, "putDiagnosis": draft, "putPlanPart": draft, "putSelfScore": draft, "putScoreDraft": draft, "putTheme": draft,
	"createGroup": daily, "updateGroup": daily, "deleteGroup": daily, "changeGroupMembers": daily, "putTeachingCase": daily,
	"createTopic": daily, "publishActivity": daily, "cancelActivity": daily, "nameParticipants": daily, "joinActivity": daily,
	"completeActivity": daily, "putPersonalPlan": daily, "choosePoints": daily, "submitPractice": daily, "chooseCourse": daily,
	"reviewPractice": daily, "gradePractice": daily,
	"grantUpload": uploading, "startUpload": uploading, "abortUpload": uploading, "grantParts": uploading, "completeUpload": uploading,
}

// taken are the operations that read what leaves the system: files, papers and sheets.
var taken = map[string]string{
	"downloadFile": "file.download", "getPaper": "paper.download", "exportProgress": "export", "exportNotStarted": "export",
	"exportSummary": "export", "exportTurnaround": "export", "exportBlockerGroups": "export",
	"exportCaseAudit": "audit.package", "exportMyData": "personal.copy",
}

// takes is how the log calls what a request takes out of the system, "" when nothing.
func takes(c *gin.Context, op operation) string {
	if action := taken[op.id()]; action != "" {
		return action
	}
	if _, list := workbooks[op.id()]; list && c.Query("format") == "xlsx" {
		return "export"
	}
	return ""
}

// subjects are the objects that paths name, those that say most first.
var subjects = []struct{ param, kind string }{
	{"fileId", "file"}, {"userId", "user"}, {"delegationId", "delegation"}, {"alarmId", "alarm"}, {"importId", "import"}, {"viewId", "board_view"},
	{"bulletinId", "bulletin"}, {"changeId", "admin_change"}, {"tokenId", "machine_token"}, {"runId", "run"},
	{"erasureId", "erasure"}, {"holdId", "hold"}, {"requestId", "roster_request"}, {"cohortId", "cohort"}, {"orgId", "org"}, {"caseId", "case"},
	{"batchId", "registry_batch"}, {"recordNo", "registry_record"}, {"reversalId", "registry_reversal"},
}

func subjectOf(c *gin.Context) (kind, id string) {
	for _, s := range subjects {
		if v := c.Param(s.param); v != "" {
			return s.kind, clip(v, models.AuditSubjectMax)
		}
	}
	return "", ""
}

// filtersOf are the conditions of a list that was taken out: which, and their values where
// those cannot be anybody's name or number.
func filtersOf(c *gin.Context) map[string]any {
	filters := map[string]any{}
	for name, values := range c.Request.URL.Query() {
		switch text := strings.Join(values, ","); {
		case name == "format":
		case name == "q" || len(text) > 64:
			filters[name] = "***"
		default:
			filters[name] = text
		}
	}
	return filters
}
