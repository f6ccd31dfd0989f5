// Package modelstest is the store's test suite, to be run on every database the store
// claims to work with.
package modelstest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Open returns a store over an empty, migrated database of its own, which looks at now
// as its clock.
type Open func(t *testing.T, now func() time.Time) *models.Store

// tests are the store's tests by name.
var tests = map[string]func(*testkit.World){
	"Orgs":              testOrgs,
	"Scope":             testScope,
	"Users":             testUsers,
	"PersonalData":      testPersonalData,
	"RotateKeys":        testRotateKeys,
	"SealedColumns":     testSealedColumns,
	"UserSearch":        testUserSearch,
	"ManyUsers":         testManyUsers,
	"Lockout":           testLockout,
	"LockoutRace":       testLockoutRace,
	"LockoutOnRecord":   testLockoutIsOnRecord,
	"LastOfTriad":       testTheLastOfTriad,
	"FactorsAtOnce":     testFactorsBegunAtOnce,
	"GuessesLeft":       testGuessesLeftBehind,
	"Sessions":          testSessions,
	"Acknowledgements":  testAcknowledgements,
	"PrivacyNotices":    testPrivacyNotices,
	"UrgentNotices":     testUrgentNotices,
	"WithdrawnMail":     testWithdrawnMail,
	"Policies":          testPolicies,
	"Cohorts":           testCohorts,
	"ExtendCohort":      testExtendCohort,
	"Roster":            testRoster,
	"RosterStatus":      testRosterStatus,
	"RosterLeaders":     testConsentKeepsLeaders,
	"Groups":            testGroups,
	"Theme":             testTheme,
	"Activities":        testActivities,
	"OnlineHours":       testOnlineHours,
	"OfflineHours":      testOfflineHours,
	"Window":            testWindow,
	"Stages":            testStages,
	"Reopened":          testReopened,
	"Review":            testReview,
	"PracticeChain":     testPracticeChain,
	"Courses":           testCourses,
	"CoursesRace":       testCoursesRace,
	"TeachingCase":      testTeachingCase,
	"Visits":            testVisits,
	"Team":              testTeam,
	"PlanDraft":         testPlanDraft,
	"TC09_Files":        testFiles,
	"FilesRace":         testFilesRace,
	"Slots":             testSlots,
	"TC17_LateFile":     testLateFile,
	"Dossier":           testDossier,
	"LargeUploads":      testLargeUploads,
	"StoredFiles":       testStoredFiles,
	"ExpiredUploads":    testExpiredUploads,
	"Links":             testLinks,
	"Scores":            testScores,
	"Inbox":             testInbox,
	"Progress":          testProgress,
	"Orders":            testOrders,
	"InboxFilter":       testInboxFilter,
	"Shortfalls":        testShortfalls,
	"Search":            testSearch,
	"NotStarted":        testNotStarted,
	"Timeline":          testTimeline,
	"EventLog":          testEventLog,
	"SchoolsOfCohort":   testSchoolsOfCohort,
	"Notices":           testNotices,
	"Channels":          testChannels,
	"ChannelPosts":      testChannelPosts,
	"ChannelFailures":   testChannelFailures,
	"AbandonedMessages": testAbandonedMessages,
	"DailyMail":         testDailyMail,
	"MailAddress":       testMailAddress,
	"Requests":          testRequestsReachPeople,
	"Blockers":          testBlockers,
	"Credits":           testCredits,
	"Pages":             testPages,
	"BadCursor":         testBadCursor,
	"Rebuild":           testRebuild,
	"Migrate":           testMigrate,
	"InForce":           testInForce,
	"Schemes":           testSchemes,
	"FilingRace":        testFilingRace,
	"DuplicateError":    testDuplicateError,
	"Resend":            testResend,
	"IntakeTwice":       testIntakeTwice,
	"AlarmIDs":          testAlarmIDs,
	"ReconcileRuns":     testReconcileRuns,
	"Vitals":            testVitals,
	"PendingTooLong":    testPendingTooLong,
	"FeedOrder":         testFeedOrder,
	"FeedRace":          testFeedRace,
	"FeedRetention":     testFeedRetention,
	"FeedCase":          testFeedCase,
	"FeedOthers":        testFeedOthers,
	"LiveSessions":      testLiveSessions,
	"BoardViews":        testBoardViews,
	"Orphans":           testOrphans,
	"PlanDates":         testPlanDates,
	"BlockerGroups":     testBlockerGroups,
	"Areas":             testAreas,
	"OfficeSpans":       testOfficeSpans,
	"Digest":            testDigest,
	"RestSchools":       testRestSchools,
	"SecondRound":       testSecondRound,
	"Schedule":          testSchedule,
	"Bulletins":         testBulletins,
	"ManyRecipients":    testManyRecipients,
	"Delegations":       testDelegations,
	"People":            testPeople,
	"SecondRoundRace":   testSecondRoundRace,
	"RunningElsewhere":  testRunningElsewhere,
	"RegistryPush":      testRegistryPush,
	"RegistryChecks":    testRegistryChecks,
	"RegistryFiles":     testRegistryFiles,
	"RegistryReversal":  testRegistryReversal,
	"RegistryDispute":   testRegistryDispute,
	"RegistryStopped":   testRegistryStopped,
	"RegistrySettings":  testRegistrySettings,
	"RegistryUnread":    testRegistryUnread,
	"RegistryAtScale":   testRegistryAtScale,
	"RegistryClient":    testRegistryClient,
	"RegistryRate":      testRegistryRate,
}

// Suite runs every test of the store.
func Suite(t *testing.T, open Open) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := testkit.NewClock()
			test(testkit.NewWorld(t, open(t, clock.Now), clock))
		})
	}
}

// refused requires that err is a refusal with that code and a message for the user.
func refused(t *testing.T, err error, code apperr.Code) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, apperr.CodeOf(err), "%v", err)
	require.NotEmpty(t, apperr.MessageOf(err))
}

// training is a case in training with one group: its leader and two members.
type training struct {
	*testkit.World

	id      string
	c       *models.Case
	group   *models.StudyGroup
	leader  string
	members []string // two, not the leader
}

func train(t *testing.T, w *testkit.World) training {
	t.Helper()
	c, users := w.Case(w.School, 3)
	s := training{World: w, id: c.ID, c: c, leader: users[0].ID, members: []string{users[1].ID, users[2].ID}}
	g, err := w.Store.CreateGroup(t.Context(), c.ID, models.NewGroup{Kind: "subject", Name: "语文组", LeaderID: s.leader}, "admin")
	require.NoError(t, err)
	s.group = g
	require.NoError(t, w.Store.ChangeMembers(t.Context(), c.ID, g.ID, s.members, nil))
	require.NoError(t, w.Store.PutTheme(t.Context(), c.ID, models.Theme{Title: "智慧教育"}, points(w, 5)))
	w.Move(c.ID, domain.StageTraining)
	return s
}

// take has the school's reviewer take an action on the case's present state.
func (s training) take(kind domain.Kind, body domain.Body) domain.Outcome {
	s.T.Helper()
	c, err := s.Store.CaseByID(s.T.Context(), s.id)
	require.NoError(s.T, err)
	state, err := c.Decode()
	require.NoError(s.T, err)
	reviewer := domain.Actor{UserID: "reviewer", Role: state.Reviewer(), OrgID: state.SuperiorID}
	a := domain.Action{ID: testkit.ID(), Kind: kind, Actor: reviewer, Visit: state.Entered, Body: body, At: s.Clock.Now()}
	d, err := s.Store.Decide(s.T.Context(), s.id, c.Seq, models.Received{Action: a})
	require.NoError(s.T, err)
	return d.Outcome
}

// points are the first n capability points of the policy.
func points(w *testkit.World, n int) []string {
	codes := make([]string, n)
	for i := range codes {
		codes[i] = w.Policy.Points.List[i].Code
	}
	return codes
}

// kind is the policy's activity kind that is offline, or the first that is not.
func kind(w *testkit.World, offline bool) domain.ActivityKind {
	for _, k := range w.Policy.Hours.Kinds {
		if k.Offline == offline {
			return k
		}
	}
	panic("no such activity kind")
}

// publish publishes an activity of the group, full hours for offline ones.
func (s training) publish(t *testing.T, offline bool) *models.Activity {
	t.Helper()
	k := kind(s.World, offline)
	a, err := s.Store.PublishActivity(t.Context(), s.id, models.NewActivity{
		GroupID: s.group.ID, Kind: k.Code, Title: "活动", Hours: k.Hours,
	}, s.leader)
	require.NoError(t, err)
	return a
}

// upload puts a checked file into a slot.
func upload(t *testing.T, w *testkit.World, caseID string, slot models.Slot, owner, name string) *models.FileVersion {
	t.Helper()
	v, err := w.Store.GrantFile(t.Context(), grant(caseID, slot, owner, name))
	require.NoError(t, err)
	require.NoError(t, w.Store.FileUploaded(t.Context(), v.FileID, v.N, "v1"))
	require.NoError(t, w.Store.FileChecked(t.Context(), v.FileID, v.N))
	return v
}

func grant(caseID string, slot models.Slot, owner, name string) models.FileGrant {
	return models.FileGrant{
		CaseID: caseID, Slot: slot, OwnerID: owner, Name: name, Type: "application/pdf", Size: 1024,
		SHA256: "00", ObjectKey: "key/" + testkit.ID(),
	}
}

// complete gives a teacher everything 初审 asks for.
func (s training) complete(t *testing.T, userID, name string) {
	t.Helper()
	ctx := t.Context()
	offline := kind(s.World, true)
	for sum := domain.Hours(0); sum < s.Policy.Hours.Target; sum += offline.Hours {
		require.NoError(t, s.Store.NameMembers(ctx, s.id, s.publish(t, true).ID, s.leader, []string{userID}))
	}
	require.NoError(t, s.Store.ChoosePoints(ctx, s.id, userID, points(s.World, 3)))
	upload(t, s.World, s.id, models.Slot{Kind: models.SlotPlan, Key: userID}, userID, domain.PlanFileName(name, "pdf"))
	for _, code := range points(s.World, 3) {
		upload(t, s.World, s.id, models.Slot{Kind: models.SlotSummary, Key: userID + "/" + code}, userID, "总结.pdf")
	}
}
