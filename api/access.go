package api

import (
	"slices"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// object says what an operation's path names, and so what a person must reach before
// anything else is looked at: what they do not reach does not exist for them (404).
type object int

const (
	objectNone   object = iota // nothing, or something bound to the person: lists, own notices, own actions
	objectCase                 // {caseId}: own school, own organisation's subtree, or the panel
	objectFile                 // {fileId}: the case it belongs to
	objectOrg                  // {orgId} within the subtree
	objectUser                 // {userId} whose organisation is within the subtree
	objectCohort               // {cohortId} run within the subtree, or above it
)

// rule is one line of the access table.
type rule struct {
	object object
	roles  []domain.Role // who may; nil is anybody who reaches the object
	open   bool          // without signing in
	first  bool          // allowed before the first password is changed
	ready  bool          // experts only after declaring that they have no conflict
	own    bool          // not in a role that somebody has only delegated
	stream bool          // the answer goes on: no deadline, and no use that keeps the session alive
}

// Groups of roles.
var (
	schoolSide = roles(domain.RoleSchoolAdmin, domain.RolePrincipal)
	schoolOnly = roles(domain.RoleSchoolAdmin)
	leaders    = roles(domain.RoleGroupLeader)
	learners   = roles(domain.RoleTeacher, domain.RoleGroupLeader)
	team       = join(schoolSide, learners) // membership itself is checked against the rows
	officials  = roles(domain.RoleDistrict, domain.RoleCityOffice, domain.RoleBureau, domain.RoleInspector, domain.RoleAuditor)
	overseers  = join(schoolSide, officials, roles(domain.RoleSysadmin))
	reviewers  = roles(domain.RoleDistrict, domain.RoleCityOffice)
	guides     = roles(domain.RoleDistrict, domain.RoleCityOffice, domain.RoleInspector)
	planners   = roles(domain.RoleDistrict, domain.RoleCityOffice, domain.RoleSysadmin)
	announcers = join(planners, roles(domain.RoleBureau))
	lawmakers  = join(planners, roles(domain.RoleBureau)) // whose own level it is: laws.go
	almanac    = roles(domain.RoleCityOffice, domain.RoleSysadmin)
	managers   = roles(domain.RoleSecurity, domain.RoleCityOffice, domain.RoleDistrict, domain.RoleSchoolAdmin)
	importers  = join(managers, sysadmin) // which kinds, says importable
	// postmasters look after channels, each those of their own office and below.
	postmasters = join(managers, roles(domain.RoleSysadmin))
	lookups     = join(managers, sysadmin, roles(domain.RolePrincipal, domain.RoleBureau, domain.RoleAudit))
	registrars  = roles(domain.RoleBureau, domain.RoleCityOffice, domain.RoleAuditor, domain.RoleSysadmin)
	experts     = roles(domain.RoleExpert)
	bureau      = roles(domain.RoleBureau)
	sysadmin    = roles(domain.RoleSysadmin)
	security    = roles(domain.RoleSecurity)
	auditors    = roles(domain.RoleAudit, domain.RoleAuditor)
	triad       = domain.TriadRoles()
	phonebooks  = roles(domain.RoleDistrict, domain.RoleBureau, domain.RoleCityOffice, domain.RoleInspector, domain.RoleSysadmin)
	// guardians look after personal data.
	guardians = roles(domain.RoleSecurity, domain.RoleAudit, domain.RoleCityOffice, domain.RoleAuditor)
	// erasers propose and approve erasing them, never the same person both.
	erasers = models.EraserRoles()
	// participants may turn to others about a case; delegators have work that can be delegated.
	participants = join(schoolSide, officials)
	delegators   = domain.DelegableRoles()
	judges       = roles(domain.RoleExpert, domain.RoleBureau, domain.RoleCityOffice, domain.RoleAuditor)
)

func roles(r ...domain.Role) []domain.Role { return r }

func join(groups ...[]domain.Role) []domain.Role { return slices.Concat(groups...) }

// rules is the one table of who may do what, by operationId. Whoever takes an action of a
// case (takeAction) is decided by the action: domain.RolesFor. Relations that no role
// gives (leader of this group, member of this team) are checked by the store with the
// rows.
var rules = map[string]rule{
	"getHealth": {open: true},
	"getReady":  {open: true},
	"login":     {open: true},

	"listSsoProviders":  {open: true},
	"beginSsoLogin":     {open: true},
	"completeSso":       {open: true}, // bound to the session that began it, where one did
	"backchannelLogout": {open: true}, // by what the provider signed
	"beginSsoProof":     {first: true},
	"listMyLinks":       {first: true},
	"beginSsoLink":      {},
	"dropLink":          {},

	"logout":         {first: true},
	"getMe":          {first: true},
	"changePassword": {first: true},
	"acknowledge":    {first: true},
	"proveSession":   {first: true},

	"getSecondFactor":     {first: true},
	"beginSecondFactor":   {first: true},
	"confirmSecondFactor": {first: true},
	"renewRecoveryCodes":  {},
	"dropSecondFactor":    {},
	"resetSecondFactor":   {object: objectUser, roles: managers, own: true},

	"listMySessions":   {first: true},
	"endMySession":     {first: true},
	"endOtherSessions": {first: true},
	"listUserSessions": {object: objectUser, roles: managers, own: true},
	"endUserSessions":  {object: objectUser, roles: managers, own: true},

	"listMyCredits": {},
	"getSettings":   {},
	"putSettings":   {},

	"listRoles":       {},
	"listOrgs":        {},
	"createOrg":       {roles: sysadmin},
	"getOrg":          {object: objectOrg},
	"listOrgContacts": {object: objectOrg, roles: overseers},
	"listUsers":       {roles: lookups},
	"createUser":      {roles: managers, own: true},
	"getUser":         {object: objectUser, roles: lookups},
	"addGrant":        {object: objectUser, roles: managers, own: true},
	"removeGrant":     {object: objectUser, roles: managers, own: true},
	"disableUser":     {object: objectUser, roles: managers, own: true},
	"enableUser":      {object: objectUser, roles: managers, own: true},
	"resetPassword":   {object: objectUser, roles: managers, own: true},

	"listLockedAccounts": {roles: join(managers, roles(domain.RoleAudit))},
	"unlockUser":         {object: objectUser, roles: managers, own: true},

	"listMachineTokens":  {roles: join(security, roles(domain.RoleAudit))},
	"createMachineToken": {roles: security, own: true},
	"revokeMachineToken": {roles: security, own: true},

	"listAdminChanges":  {roles: triad},
	"createAdminChange": {roles: security, own: true},
	"decideAdminChange": {roles: join(security, sysadmin), own: true},

	"getImportTemplate":   {roles: importers},
	"listImports":         {roles: importers},
	"startImport":         {roles: importers, own: true},
	"getImport":           {roles: importers},
	"listImportErrors":    {roles: importers},
	"exportImportErrors":  {roles: importers, own: true},
	"applyImport":         {roles: importers, own: true},
	"takeImportPasswords": {roles: importers, own: true},

	"listPolicies": {},
	"getPolicy":    {},

	"getPolicyForm":     {},
	"listOverlays":      {roles: overseers},
	"getOverlay":        {roles: overseers},
	"getOverlayVersion": {roles: overseers},
	"checkOverlay":      {roles: lawmakers},
	"publishOverlay":    {roles: lawmakers},

	"listCalendars":  {},
	"getCalendar":    {},
	"createCalendar": {roles: almanac},
	"checkCalendar":  {roles: almanac},

	"listCohorts":        {roles: overseers},
	"createCohort":       {roles: planners},
	"getCohort":          {object: objectCohort, roles: overseers},
	"updateCohort":       {object: objectCohort, roles: planners},
	"extendCohort":       {object: objectCohort, roles: planners},
	"listCohortSchools":  {object: objectCohort, roles: overseers},
	"addCohortSchools":   {object: objectCohort, roles: planners},
	"removeCohortSchool": {object: objectCohort, roles: planners},
	"openCohort":         {object: objectCohort, roles: planners},
	"restCohortSchools":  {object: objectCohort, roles: planners},
	"previewSecondRound": {object: objectCohort, roles: planners},
	"startSecondRound":   {object: objectCohort, roles: planners},
	"scheduleSchools":    {roles: planners},

	"listProgress":          {},
	"exportProgress":        {},
	"countProgress":         {},
	"listNotStarted":        {roles: overseers},
	"exportNotStarted":      {roles: overseers},
	"getDashboard":          {roles: join(officials, sysadmin)},
	"listBoardViews":        {roles: overseers},
	"createBoardView":       {roles: overseers},
	"putBoardView":          {roles: overseers},
	"deleteBoardView":       {roles: overseers},
	"getSummary":            {roles: join(officials, sysadmin)},
	"exportSummary":         {roles: join(officials, sysadmin)},
	"getTurnaround":         {roles: join(officials, sysadmin)},
	"exportTurnaround":      {roles: join(officials, sysadmin)},
	"getDigest":             {roles: join(officials, sysadmin)},
	"sendDigests":           {roles: sysadmin},
	"getCase":               {object: objectCase},
	"listTimeline":          {object: objectCase, ready: true},
	"listAudit":             {roles: auditors},
	"getAuditEntry":         {roles: auditors},
	"getAuditState":         {roles: auditors},
	"exportCaseAudit":       {object: objectCase, roles: roles(domain.RoleAuditor, domain.RoleBureau, domain.RoleCityOffice)},
	"listEvents":            {roles: join(officials, sysadmin)},
	"listBlockers":          {object: objectCase, roles: join(overseers, leaders)},
	"listBlockerGroups":     {object: objectCase, roles: join(overseers, leaders)},
	"exportBlockerGroups":   {object: objectCase, roles: join(overseers, leaders)},
	"listContacts":          {object: objectCase, ready: true},
	"search":                {},
	"takeAction":            {object: objectCase},
	"getAction":             {},
	"previewCohortCalendar": {object: objectCohort, roles: planners},
	"setCohortCalendar":     {object: objectCohort, roles: planners},
	"previewMigration":      {object: objectCohort, roles: planners},
	"startMigration":        {object: objectCohort, roles: planners},
	"listCaseRuns":          {object: objectCohort, roles: overseers},
	"getCaseRun":            {object: objectCohort, roles: overseers},
	"listCaseRunItems":      {object: objectCohort, roles: planners},
	"takeActions":           {},
	"listCasePeople":        {object: objectCase, roles: participants},
	"listCaseCopies":        {object: objectCase, roles: overseers},
	"listCaseUrges":         {object: objectCase, roles: overseers},

	"listTasks":   {},
	"countTasks":  {},
	"listNotices": {},
	"readNotice":  {},

	"listBulletins":          {roles: announcers},
	"sendBulletin":           {roles: announcers},
	"countAudience":          {roles: announcers},
	"getBulletin":            {roles: announcers},
	"listBulletinRecipients": {roles: announcers},
	"remindBulletin":         {roles: announcers},
	"getReceivedBulletin":    {},
	"readBulletin":           {},
	"confirmBulletin":        {},

	"listCopies":       {},
	"readCopy":         {},
	"listDelegations":  {},
	"createDelegation": {roles: delegators, own: true},
	"listDelegates":    {roles: delegators, own: true},
	"endDelegation":    {},

	"getContact":       {},
	"askContact":       {},
	"dropContact":      {},
	"proveContact":     {},
	"getNoticeChoice":  {},
	"getUrgentNotices": {},
	"putNoticeChoice":  {},

	"listChannels":        {roles: postmasters},
	"createChannel":       {roles: postmasters, own: true},
	"getChannel":          {roles: postmasters},
	"putChannel":          {roles: postmasters, own: true},
	"testChannel":         {roles: postmasters, own: true},
	"rotateChannelSecret": {roles: postmasters, own: true},
	"dropChannelSecret":   {roles: postmasters, own: true},
	"listDeliveries":      {roles: postmasters},
	"getDelivery":         {roles: postmasters},
	"replayDelivery":      {roles: postmasters, own: true},
	"replayDeliveries":    {roles: postmasters, own: true},

	"listAlarms": {roles: sysadmin},
	"closeAlarm": {roles: sysadmin},

	"getPrivacyNotice":     {open: true},
	"listPrivacyVersions":  {roles: guardians},
	"getPrivacyVersion":    {first: true}, // it was open to everybody
	"listAcknowledgements": {roles: guardians},
	"listAcknowledgedOrgs": {roles: guardians},
	"listPersonalData":     {roles: join(officials, triad)},
	"revealUser":           {object: objectUser, roles: join(managers, phonebooks), own: true},
	"revealContact":        {object: objectCase, roles: participants, own: true},
	"findPerson":           {roles: managers, own: true},
	"listMyReads":          {},

	"getMyPersonal":      {},
	"exportMyData":       {},
	"listMyDataRequests": {},
	"askAboutData":       {},
	"listDataRequests":   {roles: guardians},
	"answerDataRequest":  {roles: guardians, own: true},

	"listRetention":    {roles: guardians},
	"putRetention":     {roles: security, own: true},
	"listErasures":     {roles: guardians},
	"createErasure":    {roles: erasers, own: true},
	"getErasure":       {roles: guardians},
	"listErasureItems": {roles: guardians},
	"proposeErasure":   {roles: erasers, own: true},
	"decideErasure":    {roles: erasers, own: true},
	"listHolds":        {roles: guardians},
	"createHold":       {roles: erasers, own: true},
	"liftHold":         {roles: erasers, own: true},

	"listReads":  {roles: guardians},
	"reviewRead": {roles: guardians},

	"listReconcileRuns":     {roles: sysadmin},
	"startReconcile":        {roles: sysadmin},
	"getReconcileRun":       {roles: sysadmin},
	"listReconcileFindings": {roles: sysadmin},
	"getLive":               {stream: true},

	"getRegistry":            {object: objectOrg, roles: registrars},
	"putRegistry":            {object: objectOrg, roles: roles(domain.RoleCityOffice, domain.RoleBureau, domain.RoleSysadmin), own: true},
	"listRegistryCandidates": {object: objectCase, roles: overseers},
	"listRegistryBalances":   {roles: overseers},
	"listRegistryBatches":    {roles: registrars},
	"createRegistryBatch":    {roles: bureau},
	"takeRegistryFile":       {roles: bureau, own: true},
	"resendRegistryBatch":    {roles: bureau},
	"putRegistryReceipts":    {roles: bureau},
	"listRegistryRecords":    {roles: overseers},
	"listRegistryJournal":    {roles: overseers},
	"settleRegistryRecord":   {roles: bureau, own: true},
	"askRegistryReversal":    {roles: bureau, own: true},
	"listRegistryReversals":  {roles: registrars},
	"decideRegistryReversal": {roles: bureau, own: true},
	"listRegistryStrays":     {roles: registrars},

	"getTeam":            {object: objectCase, ready: true},
	"putTeam":            {object: objectCase, roles: schoolSide},
	"getDiagnosis":       {object: objectCase, ready: true},
	"putDiagnosis":       {object: objectCase, roles: schoolSide},
	"getPlan":            {object: objectCase, roles: schoolSide},
	"putPlanPart":        {object: objectCase, roles: schoolSide},
	"listPlanRevisions":  {object: objectCase, ready: true},
	"getPlanRevision":    {object: objectCase, ready: true},
	"listFilingOpinions": {object: objectCase, roles: overseers},
	"listGuidanceVisits": {object: objectCase, ready: true},
	"addGuidanceVisit":   {object: objectCase, roles: guides},

	"listRoster":             {object: objectCase, roles: join(overseers, learners)},
	"putRoster":              {object: objectCase, roles: schoolSide},
	"listRosterRequests":     {object: objectCase, roles: overseers},
	"askRosterChange":        {object: objectCase, roles: schoolSide},
	"withdrawRosterChange":   {object: objectCase, roles: schoolSide},
	"listOpenRosterRequests": {roles: reviewers},
	"transferTeacher":        {object: objectUser, roles: managers},
	"listHandover":           {object: objectOrg, roles: managers},
	"handOverRole":           {object: objectOrg, roles: managers, own: true},
	"getTheme":               {object: objectCase, ready: true},
	"putTheme":               {object: objectCase, roles: schoolSide},
	"listGroups":             {object: objectCase, ready: true},
	"createGroup":            {object: objectCase, roles: schoolSide},
	"updateGroup":            {object: objectCase, roles: schoolSide},
	"deleteGroup":            {object: objectCase, roles: schoolSide},
	"changeGroupMembers":     {object: objectCase, roles: join(schoolSide, leaders)},
	"getTeachingCase":        {object: objectCase, ready: true},
	"putTeachingCase":        {object: objectCase, roles: leaders},
	"listTopics":             {object: objectCase, ready: true},
	"createTopic":            {object: objectCase, roles: leaders},
	"listActivities":         {object: objectCase, ready: true},
	"publishActivity":        {object: objectCase, roles: leaders},
	"cancelActivity":         {object: objectCase, roles: leaders},
	"listParticipations":     {object: objectCase, roles: join(overseers, learners)},
	"nameParticipants":       {object: objectCase, roles: leaders},

	"joinActivity":      {object: objectCase, roles: learners},
	"completeActivity":  {object: objectCase, roles: learners},
	"getMyStudy":        {object: objectCase, roles: learners},
	"getTeacherStudy":   {object: objectCase, roles: join(overseers, leaders)},
	"putPersonalPlan":   {object: objectCase, roles: learners},
	"choosePoints":      {object: objectCase, roles: learners},
	"submitPractice":    {object: objectCase, roles: learners},
	"listCourseChoices": {object: objectCase, roles: learners},
	"chooseCourse":      {object: objectCase, roles: learners},

	"listInitialReviews":   {object: objectCase, roles: overseers},
	"setInitialReviews":    {object: objectCase, roles: schoolOnly},
	"listPractice":         {object: objectCase, roles: join(overseers, learners)},
	"reviewPractice":       {object: objectCase, roles: leaders},
	"gradePractice":        {object: objectCase, roles: team},
	"listPracticeRegister": {object: objectCase, roles: join(overseers, experts), ready: true},

	"listFiles":        {object: objectCase, ready: true},
	"grantUpload":      {object: objectCase, roles: team},
	"listFileVersions": {object: objectFile, ready: true},
	"completeUpload":   {object: objectFile, roles: team},
	"downloadFile":     {object: objectFile, ready: true},

	"listUploads": {object: objectCase, roles: team},
	"startUpload": {object: objectCase, roles: team},
	"getUpload":   {object: objectFile, roles: team},
	"abortUpload": {object: objectFile, roles: team},
	"grantParts":  {object: objectFile, roles: team},
	"linkFile":    {object: objectCase, roles: schoolSide},
	"unlinkFile":  {object: objectFile, roles: schoolSide},

	"getDossier":           {object: objectCase, roles: join(overseers, experts), ready: true},
	"getSelfScore":         {object: objectCase, roles: join(overseers, experts), ready: true},
	"putSelfScore":         {object: objectCase, roles: schoolOnly},
	"listExpertCandidates": {object: objectCase, roles: bureau},
	"getScoreDraft":        {object: objectCase, roles: experts, ready: true},
	"putScoreDraft":        {object: objectCase, roles: experts, ready: true},
	"listScores":           {object: objectCase, roles: judges, ready: true},
	"getResults":           {object: objectCase, ready: true},
	"listCredits":          {object: objectCase, roles: overseers},

	"listPapers": {object: objectCase, roles: overseers},
	"getPaper":   {object: objectCase, roles: overseers},
}
