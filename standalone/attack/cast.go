package attack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhengxiao/internal/auth"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
	"zhengxiao/models"
)

// cast is who attacks and what.
type cast struct {
	tokens  map[domain.Role]string // somebody of each role
	users   map[domain.Role]models.User
	victim  models.Case            // in training
	foreign map[domain.Role]string // of another district and school: nothing of the victim's is theirs
	ids     map[string]string      // an object of the victim's by parameter of a path

	strangers map[domain.Role]models.User       // whose sessions foreign has
	own       map[domain.Role]map[string]string // objects of theirs
}

// informed has everybody read the privacy notice, so that it stands in no attack's way.
func (a *attacker) informed(ctx context.Context) error {
	rows, err := a.Store.Retentions(ctx)
	if err != nil {
		return err
	}
	rules := make([]privacy.Rule, len(rows))
	for i, r := range rows {
		rules[i] = r.Rule
	}
	version := privacy.NoticeOf("", "", rules).Version
	var ids []string
	err = a.Store.DB(ctx).Model(&models.User{}).Where("privacy_version <> ? AND erased_at IS NULL", version).Pluck("id", &ids).Error
	for _, id := range ids {
		err = errors.Join(err, a.Store.Acknowledge(ctx, id, version))
	}
	return err
}

// session signs somebody in without a password.
func (a *attacker) session(ctx context.Context, userID string) (string, error) {
	token := auth.NewToken()
	return token, a.Store.CreateSession(ctx, models.Session{TokenHash: auth.HashToken(token), UserID: userID}, time.Hour)
}

// somebody is an account with a role that has signed in before; where narrows it.
func (a *attacker) somebody(ctx context.Context, role domain.Role, where string, args ...any) (models.User, error) {
	var u models.User
	q := a.Store.DB(ctx).Joins("JOIN grants ON grants.user_id = users.id").Joins("JOIN orgs ON orgs.id = users.org_id").
		Where("grants.role = ? AND users.disabled = ?", role, false)
	if where != "" {
		q = q.Where(where, args...)
	}
	return u, q.Order("users.must_change, users.login").Take(&u).Error
}

// enter signs an account in that need not change its password first.
func (a *attacker) enter(ctx context.Context, u models.User) (string, error) {
	if u.MustChange {
		if err := a.Store.DB(ctx).Model(&models.User{}).Where("id = ?", u.ID).Update("must_change", false).Error; err != nil {
			return "", err
		}
	}
	return a.session(ctx, u.ID)
}

func (a *attacker) assemble(ctx context.Context) (cast, error) {
	c := cast{
		tokens: map[domain.Role]string{}, users: map[domain.Role]models.User{}, foreign: map[domain.Role]string{},
		strangers: map[domain.Role]models.User{}, own: map[domain.Role]map[string]string{},
	}
	if err := a.informed(ctx); err != nil {
		return c, fmt.Errorf("read the privacy notice: %w", err)
	}
	db := a.Store.DB(ctx)
	if err := db.Where("stage = ? AND district_id IN (SELECT id FROM orgs WHERE level = ?)", domain.StageTraining,
		models.LevelDistrict).Take(&c.victim).Error; err != nil {
		return c, fmt.Errorf("case in training: %w", err)
	}
	for _, role := range domain.Roles() {
		where, args := "", []any{}
		if slices.Contains([]domain.Role{domain.RoleTeacher, domain.RoleGroupLeader, domain.RoleSchoolAdmin, domain.RolePrincipal}, role) {
			where, args = "users.org_id = ?", []any{c.victim.SchoolID}
		}
		u, err := a.somebody(ctx, role, where, args...)
		if err == nil {
			c.users[role] = u
			c.tokens[role], err = a.enter(ctx, u)
		}
		if err != nil {
			return c, fmt.Errorf("somebody as %s: %w", role, err)
		}
	}
	for _, role := range []domain.Role{domain.RoleTeacher, domain.RoleSchoolAdmin, domain.RolePrincipal, domain.RoleDistrict, domain.RoleBureau} {
		u, err := a.somebody(ctx, role, "orgs.path NOT LIKE (SELECT path || '%' FROM orgs WHERE id = ?) AND orgs.level IN ?",
			c.victim.DistrictID, []string{string(models.LevelDistrict), string(models.LevelSchool)})
		if err == nil {
			c.strangers[role] = u
			c.foreign[role], err = a.enter(ctx, u)
		}
		if err != nil {
			return c, fmt.Errorf("foreigner as %s: %w", role, err)
		}
	}
	err := a.plant(ctx, c)
	if err == nil {
		c.ids, err = a.victims(ctx, c)
	}
	if err == nil {
		c.ids[sessionParam] = models.SessionRef(auth.HashToken(c.tokens[domain.RoleTeacher]))
		err = whole(c.ids)
	}
	return c, err
}

// whole looks whether every parameter names something that is there: being refused what
// does not exist proves nothing.
func whole(ids map[string]string) error {
	for _, p := range slices.Sorted(maps.Keys(ids)) {
		if ids[p] == missing {
			return fmt.Errorf("{%s}: %w", p, errNothing)
		}
	}
	return nil
}

// sessionParam names a session, which no row of a table does.
const sessionParam = "sessionId"

// shared are parameters that name nothing of anybody's: kinds, numbers, or what everybody
// in the city reaches.
var shared = map[string]string{
	"cohortId": "SELECT id FROM cohorts LIMIT 1", "scopeId": "SELECT id FROM orgs WHERE level = 'city' LIMIT 1",
	"digest": "SELECT digest FROM policies LIMIT 1", "version": "SELECT '" + calendar.Base().Version() + "'",
	"noticeVersion": "SELECT version FROM privacy_notices LIMIT 1",
	"programme":     "SELECT programme FROM cohorts LIMIT 1", "providerId": "SELECT '" + ssoProvider + "'",
	"class": "SELECT '" + privacy.Classes()[0].Code + "'",
	"n":     "SELECT 1", "run": "SELECT id FROM case_runs LIMIT 1", "role": "SELECT 'teacher'",
	"kind": "SELECT '" + string(domain.SubmitTeam) + "'", "code": "SELECT 'A1'",
	"part": "SELECT 'team'", "importKind": "SELECT 'teachers'", "paper": "SELECT 'filing'", "schoolId": "SELECT school_id FROM cohort_schools LIMIT 1",
}

// owned finds an object of the victim's, or of somebody else who is no foreigner, for each
// parameter. What the demo has none of is planted.
var owned = map[string]string{
	"caseId": "SELECT id FROM cases WHERE id = @case", "orgId": "SELECT @school", "userId": "SELECT id FROM users WHERE org_id = @school LIMIT 1",
	"fileId":  "SELECT f.id FROM files f JOIN cases c ON c.id = f.case_id WHERE c.district_id = @district ORDER BY f.case_id = @case DESC LIMIT 1",
	"groupId": "SELECT id FROM study_groups WHERE case_id = @case LIMIT 1", "activityId": "SELECT id FROM activities WHERE case_id = @case LIMIT 1",
	"importId": "SELECT id FROM imports LIMIT 1", "runId": "SELECT id FROM reconcile_runs LIMIT 1", "alarmId": "SELECT id FROM alarms LIMIT 1",
	"noticeId": "SELECT n.id FROM notices n JOIN users u ON u.id = n.user_id WHERE u.org_id = @school LIMIT 1",
	"actionId": "SELECT id FROM actions WHERE case_id = @case LIMIT 1", "bulletinId": "SELECT id FROM bulletins LIMIT 1",
	"viewId": "SELECT v.id FROM board_views v JOIN users u ON u.id = v.owner_id WHERE u.org_id = @school LIMIT 1",
	"copyId": "SELECT id FROM copies WHERE case_id = @case LIMIT 1", "delegationId": "SELECT id FROM delegations WHERE org_id = @school LIMIT 1",
	"changeId": "SELECT id FROM admin_changes LIMIT 1", "requestId": "SELECT id FROM roster_requests WHERE case_id = @case LIMIT 1",
	"digestId": "SELECT id FROM digests WHERE org_id = @district LIMIT 1", "channelId": "SELECT id FROM channels WHERE org_id = @district LIMIT 1",
	"deliveryId":    "SELECT d.id FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE c.org_id = @district LIMIT 1",
	"tokenId":       "SELECT id FROM machine_tokens WHERE org_id = @district LIMIT 1",
	"dataRequestId": "SELECT d.id FROM data_requests d JOIN users u ON u.id = d.user_id WHERE u.org_id = @school LIMIT 1",
	"readId":        "SELECT r.id FROM personal_reads r JOIN users u ON u.id = r.subject_id WHERE u.org_id = @school LIMIT 1",
	"batchId":       "SELECT batch_id FROM registry_records WHERE case_id = @case LIMIT 1",
	"recordNo":      "SELECT no FROM registry_records WHERE case_id = @case LIMIT 1",
	"reversalId":    "SELECT id FROM registry_reversals WHERE case_id = @case LIMIT 1",
	"entryId":       "SELECT l.id FROM audit_log l WHERE l.org_id = @school ORDER BY l.id LIMIT 1",
	"erasureId":     "SELECT e.id FROM erasure_runs e JOIN users u ON u.id = e.subject_id WHERE u.org_id = @school LIMIT 1",
	"holdId":        "SELECT id FROM legal_holds WHERE subject_id = @case LIMIT 1",
}

// finds is how the object of a parameter is found.
func finds(param string) (query string, known bool) {
	if query, known = owned[param]; known {
		return query, true
	}
	if param == sessionParam {
		return "SELECT '" + missing + "'", true
	}
	query, known = shared[param]
	return query, known
}

// victims fills every parameter of the contract.
func (a *attacker) victims(ctx context.Context, c cast) (map[string]string, error) {
	ids := map[string]string{}
	at := map[string]any{"case": c.victim.ID, "school": c.victim.SchoolID, "district": c.victim.DistrictID}
	for _, o := range a.ops {
		for _, p := range o.params {
			query, ok := finds(p)
			if !ok {
				return nil, fmt.Errorf("{%s} of %s: %w", p, o.id, errUnknown)
			}
			var id string
			args := []any{}
			if strings.Contains(query, "@") {
				args = append(args, at)
			}
			if err := a.Store.DB(ctx).Raw(query, args...).Scan(&id).Error; err != nil {
				return nil, fmt.Errorf("find %s: %w", p, err)
			}
			if ids[p] = id; id == "" {
				ids[p] = missing
			}
		}
	}
	return ids, nil
}

// missing is the id of nothing.
const missing = "00000000-0000-7000-8000-000000000000"

// real is an address of the victim's objects; nothing is one of objects that do not exist.
func (a *attacker) real(param string) string { return a.cast.ids[param] }

func (a *attacker) nothing(param string) string {
	if _, ok := shared[param]; ok {
		return a.cast.ids[param]
	}
	return missing
}

// volatile tables follow requests themselves, or time: who is signed in, what was refused,
// what the background is at: lists of what is due for erasure are made every month.
var volatile = []string{"sessions", "goose_db_version", "feed", "feed_head", "erasure_runs", "guesses", "stranger_logins"}

// fingerprint sums up every table, so that an effect shows wherever it is.
func (a *attacker) fingerprint(ctx context.Context) (map[string]string, error) {
	var tables []string
	err := a.Store.DB(ctx).Raw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").Scan(&tables).Error
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	sums := map[string]string{}
	for _, t := range tables {
		if slices.Contains(volatile, t) || strings.HasPrefix(t, "audit_") {
			continue
		}
		if sums[t], err = a.sum(ctx, t); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// restless columns follow failed logins, or the background: a message that did not get
// through is tried again when its time has come.
var restless = map[string][]string{
	"users":      {"failed", "locked_until", "locked_at", "locked_for", "updated_at"},
	"deliveries": {"state", "attempts", "next_at", "claim", "code", "detail", "receipt", "ended_at"},
}

func (a *attacker) sum(ctx context.Context, table string) (string, error) {
	rows := []map[string]any{}
	err := a.Store.DB(ctx).Session(&gorm.Session{}).Table(table).Find(&rows).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return "", fmt.Errorf("read %s: %w", table, err)
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		for _, c := range restless[table] {
			delete(r, c)
		}
		raw, err := json.Marshal(r)
		if err != nil {
			return "", fmt.Errorf("sum up %s: %w", table, err)
		}
		lines[i] = string(raw)
	}
	slices.Sort(lines)
	h := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(h[:]), nil
}

func differing(before, after map[string]string) []string {
	var names []string
	for t, sum := range after {
		if before[t] != sum {
			names = append(names, t)
		}
	}
	slices.Sort(names)
	return names
}

// newKey is a fresh idempotency key.
func newKey() string { return "attack-" + uuid.NewString() }
