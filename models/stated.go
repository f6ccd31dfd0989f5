package models

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/schema"
)

// Every write to the tables below is stated: the entry of the audit log, or the event, that
// is committed with it says what each row was and what it is. So a row that was changed
// behind the application's back is found by comparing it with the last that was said of it.

// statedTable is a table whose rows are stated, all their columns but those excused.
type statedTable struct {
	Row     any
	Excused map[string]string // column → why it may change without a word
	// Decided says that events tell of its rows; of others only the audit log does.
	Decided bool
}

const (
	derivedColumn = "follows from the events of the case, which are compared instead"
	countsLogins  = "counts failed logins; changing it gives nobody access"
	agesPasswords = "says how old a password is; changing it gives nobody access"
	stampColumn   = "says when a row was last written, by whatever"
	workAhead     = "says how far a worker is; what it did is stated"
	sealedToRow   = "sealed to its row: nobody without the data key puts in one that works, and it moves to new keys"
	onceOnly      = "says which code was used last; changing it lets in nobody without the secret"
	repeatsRow    = "repeats the row of privacy_acknowledgements that was written last; changing it gives nobody access"
	usedColumn    = "says when something was last used; changing it gives nobody access"
)

// statedTables are those tables.
var statedTables = map[string]statedTable{
	"orgs": {Row: Org{}},
	"users": {Row: User{}, Excused: map[string]string{
		"password_at": agesPasswords, "failed": countsLogins, "locked_until": countsLogins, "locked_at": countsLogins,
		"locked_for": countsLogins, "updated_at": stampColumn, "privacy_version": repeatsRow,
	}},
	"grants":          {Row: Grant{}},
	"policies":        {Row: PolicyRow{}},
	"overlays":        {Row: Overlay{}},
	"calendars":       {Row: CalendarRow{}},
	"cohorts":         {Row: Cohort{}},
	"cohort_schools":  {Row: CohortSchool{}, Decided: true},
	"delegations":     {Row: Delegation{}},
	"plan_revisions":  {Row: PlanRevision{}, Decided: true},
	"filing_opinions": {Row: FilingOpinion{}, Decided: true},
	"roster_changes":  {Row: RosterChange{}, Decided: true},
	"dossier_pins":    {Row: DossierPin{}, Decided: true},
	"self_scores":     {Row: SelfScore{}, Decided: true},
	"scores":          {Row: ScoreRow{}, Decided: true},
	"admin_changes":   {Row: AdminChange{}},
	"linked_logins":   {Row: LinkedLogin{}, Excused: map[string]string{"used_at": usedColumn}},
	"personal_reads":  {Row: PersonalRead{}},
	"privacy_acknowledgements": {
		Row: Acknowledgement{},
	},
	noticeTable:       {Row: PrivacyNotice{}},
	"data_requests":   {Row: DataRequest{}},
	"credits":         {Row: Credit{}, Decided: true},
	"retention_rules": {Row: RetentionRule{}},
	"legal_holds":     {Row: LegalHold{}},
	"erasure_runs":    {Row: ErasureRun{}, Excused: map[string]string{"due_at": workAhead, "listed": workAhead, "items": workAhead}},
	"channels":        {Row: Channel{}},
	"registries": {Row: Registry{}, Excused: map[string]string{
		"secret": sealedToRow, "client_key": sealedToRow, "poll_at": workAhead, "next_at": workAhead, "after_receipt": workAhead, "trouble": workAhead,
	}},
	"registry_batches": {Row: RegistryBatch{}, Excused: map[string]string{
		"after_no": workAhead, "attempts": workAhead, "due_at": workAhead, "trouble": workAhead,
	}},
	"registry_records":   {Row: RegistryRecord{}},
	"registry_journal":   {Row: RegistryEntry{}},
	"registry_strays":    {Row: RegistryStray{}},
	"registry_reversals": {Row: RegistryReversal{}},

	"tasks":          {Row: TaskRow{}, Decided: true},
	"stage_visits":   {Row: StageVisit{}, Decided: true},
	"machine_tokens": {Row: MachineToken{}, Excused: map[string]string{"used_at": usedColumn, "used_ip": usedColumn}},
	"second_factors": {Row: SecondFactor{}, Excused: map[string]string{"secret_enc": sealedToRow, "last_step": onceOnly}},
	"cases":          {Row: Case{}, Excused: projected(), Decided: true},
}

// projected are the columns of a case that its events make; see Case.Project.
func projected() map[string]string {
	own := []string{
		"id", "cohort_id", "school_id", "school_name", "district_id", "direct", "path", "workflow_id", "programme", "policy_digest", "opened_at",
	}
	excused := map[string]string{}
	for _, f := range schemaOf(Case{}).Fields {
		if f.DBName != "" && !slices.Contains(own, f.DBName) {
			excused[f.DBName] = derivedColumn
		}
	}
	return excused
}

var (
	schemas   sync.Map
	noContext = context.Background() // reading a field asks nobody
)

// All are read before anything runs: who reads one first owns what others wait on, and a
// test's own time must own nothing that all share.
var _ = func() int {
	for _, t := range statedTables {
		schemaOf(t.Row)
	}
	return len(statedTables)
}()

func schemaOf(row any) *schema.Schema {
	s, err := schema.Parse(row, &schemas, schema.NamingStrategy{})
	if err != nil {
		panic(fmt.Sprintf("schema of %T: %v", row, err)) // a row of ours
	}
	return s
}

// statement is what became of one row: hashes of what it was and what it is, "" for none.
type statement struct {
	Table, Key, Was, Is string
	At                  int64 // µs, when that is not when the entry is from
}

// MarshalJSON writes a statement as four texts, or five: there are millions of them.
func (s statement) MarshalJSON() ([]byte, error) {
	texts := []string{s.Table, s.Key, s.Was, s.Is}
	if s.At != 0 {
		texts = append(texts, strconv.FormatInt(s.At, 10))
	}
	return json.Marshal(texts)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *statement) UnmarshalJSON(raw []byte) error {
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	if len(texts) < 4 { //nolint:mnd // see MarshalJSON
		return fmt.Errorf("read statement: %d texts", len(texts))
	}
	*s = statement{Table: texts[0], Key: texts[1], Was: texts[2], Is: texts[3]}
	if len(texts) == 4 { //nolint:mnd // see MarshalJSON
		return nil
	}
	var err error
	s.At, err = strconv.ParseInt(texts[4], 10, 64)
	return err
}

type statements []statement

func (s statements) encode() string {
	if len(s) == 0 {
		return ""
	}
	raw, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("encode statements: %v", err)) // texts only
	}
	return string(raw)
}

func decodeStatements(text string) (statements, error) {
	if text == "" {
		return nil, nil
	}
	var s statements
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	return s, nil
}

// keySeparator joins the parts of a key; no part has one.
const keySeparator = "|"

// rowKey is the primary key of a row as statements name it.
//
//nolint:contextcheck,nolintlint // gorm wants a context to read a field, which asks nobody; found at callers
func rowKey(sch *schema.Schema, row reflect.Value) (key string, parts []any) {
	texts := make([]string, 0, len(sch.PrimaryFields))
	for _, f := range sch.PrimaryFields {
		v, _ := f.ValueOf(noContext, row)
		texts, parts = append(texts, plainValue(v)), append(parts, v)
	}
	return strings.Join(texts, keySeparator), parts
}

// rowHash is the digest of what a row says, column by column by name. Columns that say
// nothing (none, "", 0, false) are left out, so that a column added later does not change
// what was said of older rows.
//
//nolint:contextcheck,nolintlint // gorm wants a context to read a field, which asks nobody; found at callers
func rowHash(table string, row reflect.Value) string {
	t := statedTables[table]
	sch, h := schemaOf(t.Row), sha256.New()
	fields := slices.Clone(sch.Fields)
	slices.SortFunc(fields, func(a, b *schema.Field) int { return strings.Compare(a.DBName, b.DBName) })
	fmt.Fprintf(h, "%s\n", table)
	for _, f := range fields {
		if _, excused := t.Excused[f.DBName]; f.DBName == "" || excused {
			continue
		}
		v, zero := f.ValueOf(noContext, row)
		if text := columnText(f, v); !zero && text != "" {
			fmt.Fprintf(h, "%s=%d:%s\n", f.DBName, len(text), text)
		}
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// columnText is the value of a column as text: of one that is kept as JSON, that JSON.
func columnText(f *schema.Field, v any) string {
	if inner, serialized := v.(driver.Valuer); serialized && f.Serializer != nil {
		var err error
		if v, err = inner.Value(); err != nil {
			return err.Error() // no row says that
		}
	}
	return plainValue(v)
}

// plainValue is a value as text, the same whichever database it came from.
func plainValue(v any) string {
	r := reflect.ValueOf(v)
	for r.Kind() == reflect.Pointer {
		if r.IsNil() {
			return ""
		}
		r = r.Elem()
	}
	if t, ok := reflect.TypeAssert[time.Time](r); ok {
		return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
	}
	switch r.Kind() { //nolint:exhaustive // columns are of these kinds
	case reflect.String:
		return r.String()
	case reflect.Bool:
		return strconv.FormatBool(r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(r.Int(), 10)
	default:
		return fmt.Sprint(r.Interface())
	}
}

// UnauditedTables are the tables whose rows no verification compares, each with the reason.
var UnauditedTables = map[string]string{
	"sessions":           "ends by itself within hours; its keyed digest says that we made it, logging in and out is in the audit log",
	"actions":            "answers to requests; those that were accepted are events, those that wait have a keyed digest",
	"outbox":             "work on its way",
	shippingTable:        "how far the log was sent; whoever moves it leaves a gap in the numbers that the receiver has",
	"notices":            "messages; what they tell of is elsewhere",
	"alarms":             "what the machine noticed; closing one is in the audit log",
	"team_members":       draftRows,
	"diagnoses":          draftRows,
	"plan_drafts":        draftRows,
	"score_drafts":       draftRows,
	"files":              fileRows,
	"file_versions":      fileRows,
	"file_uploads":       fileRows,
	"guidance_visits":    dailyRows,
	"study_groups":       dailyRows,
	"roster":             dailyRows,
	"roster_requests":    dailyRows,
	"themes":             dailyRows,
	"theme_points":       dailyRows,
	"topics":             dailyRows,
	"activities":         dailyRows,
	"participations":     dailyRows,
	"personal_plans":     dailyRows,
	"teacher_points":     dailyRows,
	"teaching_cases":     dailyRows,
	"course_choices":     dailyRows,
	"initial_reviews":    dailyRows,
	"practice":           dailyRows,
	"feed":               "tells open pages to look again",
	"feed_head":          "tells open pages to look again",
	"reconcile_runs":     jobRows,
	"reconcile_findings": jobRows,
	"imports":            jobRows,
	"import_parts":       jobRows,
	"import_errors":      jobRows,
	"import_passwords":   jobRows,
	"erasure_items":      "what runs erase: the run is stated with the sha256 of its list, and each erasure has an entry",
	"case_runs":          jobRows,
	"case_run_items":     jobRows,
	"bulletin_runs":      jobRows,
	"copies":             "messages; sending one is an event",
	"urges":              "messages; sending one is an event",
	"channel_health":     "how channels do: counters", "deliveries": "messages on their way, and what became of them",
	"contacts": "a reader's own address, which nobody can use to sign in", "notice_choices": "a reader's own settings",
	"old_passwords":      "hashes that may not be used again; changing them gives nobody access",
	"machine_token_uses": "counts how often and when tokens were used; changing it gives nobody access",
	"guesses":            "being checked, for seconds", "stranger_logins": "counts failed logins that nobody has",
	"sso_attempts":        "on their way to a provider; worth nothing without the browser's secret",
	"sso_grants":          "says which roles a provider's mapping gave; the roles themselves are stated",
	"recovery_codes":      "worth nothing without the password, whose hash is stated",
	"board_views":         "a reader's own settings",
	"user_settings":       "a reader's own settings",
	"digests":             "figures of lists, sent as a message",
	"bulletins":           "messages; sending one is in the audit log",
	"bulletin_recipients": "messages; sending one is in the audit log",
}

const (
	draftRows = "drafts: what they become when handed in is in an event, with its sha256"
	fileRows  = "names of immutable versions in the object store; what a dossier pins of them is stated with its sha256"
	dailyRows = "daily records with author and time; the gate's event has the sha256 of the results, the ledger is stated"
	jobRows   = "progress of jobs; starting one is in the audit log, what it changes is stated"
)

// AuditedTables are the tables that a verification compares, each with the columns that it
// does not look at and why.
func AuditedTables() map[string]map[string]string {
	all := map[string]map[string]string{logTable: nil, "audit_seals": nil, "audit_head": nil, checkpointTable: nil, eventTable: nil}
	for name, t := range statedTables {
		all[name] = t.Excused
	}
	all[caseTable] = unreplayed
	return all
}
