package attack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// action sends an action of a case.
func (a *attacker) action(ctx context.Context, token, caseID string, kind domain.Kind, key string, body map[string]any) (answer, error) {
	r := request{method: http.MethodPost, path: "/api/v1/cases/" + caseID + "/actions/" + string(kind), token: token, body: body}
	if key != "" {
		r.header = map[string]string{keyHeader: key}
	}
	return a.send(ctx, r)
}

// replay misuses the key that makes an action happen once.
func (a *attacker) replay(ctx context.Context) error {
	token, id := a.cast.tokens[domain.RoleSchoolAdmin], a.cast.victim.ID
	for name, key := range map[string]string{
		"none": "", "short": "a", "long": strings.Repeat("a", 129), "accents": "ключ-ключ", "tab": "key\tkey-key",
	} {
		got, err := a.action(ctx, token, id, domain.Copy, key, map[string]any{"visit": 1})
		a.want("key: "+name, got, err, http.StatusBadRequest)
	}
	for _, path := range []string{"/api/v1/actions/" + a.cast.ids["actionId"], "/api/v1/actions/" + missing, "/api/v1/actions/%27%20OR%201=1"} {
		got, err := a.send(ctx, request{method: http.MethodGet, path: path, token: a.cast.foreign[domain.RoleTeacher]})
		a.want("outcome of others "+path, got, err, http.StatusNotFound)
	}
	return nil
}

// staged is a case in a stage, and who of its people may do what.
func (a *attacker) staged(ctx context.Context, stage domain.Stage) (models.Case, error) {
	var c models.Case
	err := a.Store.DB(ctx).Where("stage = ?", stage).Order("id").Take(&c).Error
	if err != nil {
		return c, fmt.Errorf("case in %s: %w", stage, err)
	}
	return c, nil
}

// of is a session of somebody with a role at an organisation.
func (a *attacker) of(ctx context.Context, role domain.Role, orgID string) (string, error) {
	u, err := a.somebody(ctx, role, "grants.org_id = ?", orgID)
	if err != nil {
		return "", fmt.Errorf("%s at %s: %w", role, orgID, err)
	}
	return a.enter(ctx, u)
}

// businessRules are broken by people who are who they say.
func (a *attacker) businessRules(ctx context.Context) error {
	for _, stage := range []domain.Stage{domain.StageTeam, domain.StageFiling, domain.StageTraining, domain.StageScoring, domain.StageConfirmation,
		domain.StageCrediting, domain.StageClosed} {
		c, err := a.staged(ctx, stage)
		if err != nil {
			return err
		}
		admin, err := a.of(ctx, domain.RoleSchoolAdmin, c.SchoolID)
		if err != nil {
			return err
		}
		bureau, err := a.of(ctx, domain.RoleBureau, c.DistrictID)
		if err != nil {
			return err
		}
		for _, kind := range domain.Kinds() {
			if a.elsewhere(c, stage, kind) {
				got, err := a.action(ctx, admin, c.ID, kind, newKey(), map[string]any{"visit": 1, "comment": "跳过环节"})
				a.refused(fmt.Sprintf("school: %s in %s", kind, stage), got, err)
				got, err = a.action(ctx, bureau, c.ID, kind, newKey(), map[string]any{"visit": 1, "comment": "跳过环节"})
				a.refused(fmt.Sprintf("bureau: %s in %s", kind, stage), got, err)
			}
		}
	}
	return a.outOfTurn(ctx)
}

// elsewhere reports whether an action belongs to other stages: those that may be taken
// beside any stage are left to the tests of the domain.
func (a *attacker) elsewhere(c models.Case, stage domain.Stage, kind domain.Kind) bool {
	beside := []domain.Kind{domain.Copy, domain.Urge, domain.ClaimTask, domain.ReleaseTask, domain.HandOver, domain.Extend, domain.Pause,
		domain.Resume, domain.Terminate, domain.TakeBack, domain.Exempt}
	return c.Stage == stage && !slices.Contains(beside, kind)
}

// outOfTurn tries what needs another person, another state or another time.
func (a *attacker) outOfTurn(ctx context.Context) error {
	scoring, err := a.staged(ctx, domain.StageScoring)
	if err != nil {
		return err
	}
	var experts []string
	err = a.Store.DB(ctx).Raw("SELECT user_id FROM tasks WHERE case_id = ? AND task = ? AND user_id <> '' ORDER BY user_id", scoring.ID,
		domain.TaskScore).Scan(&experts).Error
	if err != nil || len(experts) == 0 {
		return fmt.Errorf("experts of a case in scoring: %d %w", len(experts), err)
	}
	expert, err := a.session(ctx, experts[0])
	if err != nil {
		return err
	}
	got, err := a.send(ctx, request{method: http.MethodGet, path: "/api/v1/cases/" + scoring.ID + "/scores", token: expert})
	if err != nil {
		return err
	}
	for _, other := range experts[1:] {
		a.note("expert reads scores of others", got.status < 500 && !strings.Contains(got.body, other), got.body)
	}
	for name, body := range map[string]map[string]any{
		"for another expert": {"visit": 1, "user": experts[len(experts)-1]}, "as somebody": {"visit": 1, "actor_id": experts[len(experts)-1]},
		"beyond the rubric": {"visit": 1, "notes": map[string]any{"no-such": "x"}}, "of no visit": {"visit": -1},
		"of a visit to come": {"visit": 1 << 40},
	} {
		got, err := a.action(ctx, expert, scoring.ID, domain.SubmitScore, newKey(), body)
		a.refused("score "+name, got, err)
	}
	batch := map[string]any{"items": []any{map[string]any{"case_id": a.cast.victim.ID, "visit": 1}}}
	for role, token := range a.cast.foreign {
		got, err := a.send(ctx, request{method: http.MethodPost, path: "/api/v1/batches/" + string(domain.ClaimTask), token: token, body: batch,
			header: map[string]string{keyHeader: newKey()}})
		a.note("batch over cases of others as "+string(role), err == nil && got.status >= 400 && got.status < 500 ||
			err == nil && got.status == http.StatusOK && strings.Contains(got.body, `"accepted":0`) && strings.Contains(got.body, `"pending":0`),
			fmt.Sprintf("%d %.200s", got.status, got.body))
	}
	return a.selfHelp(ctx)
}

// selfHelp is people who give themselves what others have to give.
func (a *attacker) selfHelp(ctx context.Context) error {
	for _, role := range []domain.Role{domain.RoleTeacher, domain.RoleSchoolAdmin, domain.RoleDistrict, domain.RoleCityOffice, domain.RoleSysadmin,
		domain.RoleSecurity, domain.RoleAudit} {
		me := a.cast.users[role]
		for _, grant := range []domain.Role{domain.RoleSysadmin, domain.RoleSecurity, domain.RoleBureau} {
			if grant == role {
				continue
			}
			var o operation
			for _, candidate := range a.ops {
				if candidate.id == "addGrant" {
					o = candidate
				}
			}
			path := o.at(func(p string) string {
				return map[string]string{"userId": me.ID, "role": string(grant), "orgId": me.OrgID}[p]
			})
			got, err := a.send(ctx, request{method: o.method, path: path, token: a.cast.tokens[role]})
			a.refused(fmt.Sprintf("%s makes itself %s", role, grant), got, err)
		}
	}
	return nil
}

// objectStore is asked without going through the product.
func (a *attacker) objectStore(ctx context.Context) error {
	var v models.FileVersion
	err := a.Store.DB(ctx).Where("state IN ? AND file_id IN (SELECT id FROM files WHERE current_version > 0)",
		[]models.FileState{models.FileChecked, models.FileLocked}).Take(&v).Error
	if err != nil {
		return fmt.Errorf("a file: %w", err)
	}
	got, err := a.send(ctx, request{method: http.MethodGet, path: fmt.Sprintf("/api/v1/files/%s/versions/%d", v.FileID, v.N),
		token: a.cast.tokens[domain.RoleSysadmin]})
	if err != nil {
		return err
	}
	var link struct {
		URL string `json:"url"`
	}
	if got.status != http.StatusOK || json.Unmarshal([]byte(got.body), &link) != nil {
		got, err = a.send(ctx, request{method: http.MethodGet, path: a.downloadPath(v), token: a.cast.tokens[domain.RoleSysadmin]})
		if err != nil || json.Unmarshal([]byte(got.body), &link) != nil || link.URL == "" {
			return fmt.Errorf("address of a file: %d %.200s %w", got.status, got.body, err)
		}
	}
	u, err := url.Parse(link.URL)
	if err != nil {
		return fmt.Errorf("address of a file: %w", err)
	}
	other := func(change func(u *url.URL, q url.Values)) string {
		c, q := *u, u.Query()
		change(&c, q)
		c.RawQuery = q.Encode()
		return c.String()
	}
	for name, address := range map[string]string{
		"without signature": other(func(_ *url.URL, q url.Values) { q.Del("X-Amz-Signature") }),
		"nothing signed":    u.Scheme + "://" + u.Host + u.Path,
		"other key":         other(func(u *url.URL, _ url.Values) { u.Path += "x" }),
		"bucket":            u.Scheme + "://" + u.Host + "/" + strings.Split(u.Path, "/")[1],
		"bucket, signed":    other(func(u *url.URL, _ url.Values) { u.Path = "/" + strings.Split(u.Path, "/")[1] }),
		"root":              u.Scheme + "://" + u.Host + "/",
		"other version":     other(func(_ *url.URL, q url.Values) { q.Set("versionId", missing) }),
		"as a page":         other(func(_ *url.URL, q url.Values) { q.Set("response-content-type", "text/html") }),
		"inline":            other(func(_ *url.URL, q url.Values) { q.Set("response-content-disposition", "inline") }),
		"longer":            other(func(_ *url.URL, q url.Values) { q.Set("X-Amz-Expires", "604800") }),
		"traversal":         u.Scheme + "://" + u.Host + u.Path + "/../../../etc/passwd",
	} {
		got, err := fetch(ctx, http.MethodGet, address)
		a.refused("read "+name, got, err)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPost} {
		got, err := fetch(ctx, method, link.URL)
		a.refused(method+" by a link to read", got, err)
	}
	return nil
}

func (a *attacker) downloadPath(v models.FileVersion) string {
	for _, o := range a.ops {
		if o.id == "downloadFile" {
			return o.at(func(p string) string {
				return map[string]string{"fileId": v.FileID, "n": fmt.Sprint(v.N)}[p]
			})
		}
	}
	return "/"
}

func fetch(ctx context.Context, method, address string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err != nil {
		return answer{}, fmt.Errorf("build request: %w", err)
	}
	resp, err := hostile.Do(req)
	if err != nil {
		return answer{}, err
	}
	return answer{resp.StatusCode, resp.Header, ""}, resp.Body.Close()
}

// guessing tries passwords: many for one account, one for many, and listens for what the
// answers tell of who exists.
func (a *attacker) guessing(ctx context.Context) error {
	login := func(name, password, from string) (answer, error) {
		r := request{method: http.MethodPost, path: "/api/v1/sessions", body: map[string]any{"login": name, "password": password}}
		if from != "" {
			r.header = map[string]string{"X-Forwarded-For": from}
		}
		return a.send(ctx, r)
	}
	known, unknown := a.cast.users[domain.RoleInspector].Login, "nobody-of-that-name"
	const tries = 7
	for i := range tries {
		x, err := login(known, fmt.Sprintf("Guess#%d-2026", i), "")
		if err != nil {
			return err
		}
		y, err := login(unknown, fmt.Sprintf("Guess#%d-2026", i), "")
		if err != nil {
			return err
		}
		a.note(fmt.Sprintf("guess %d", i), x.status == http.StatusUnauthorized || x.status == tooMany, x.body)
		a.note(fmt.Sprintf("who exists, guess %d", i), same(x, y), x.body+y.body)
	}
	got, err := login(known, a.Password, "")
	a.want("right password while locked", got, err, tooMany)
	stopped := false
	for i := range 100 {
		got, err := login(fmt.Sprintf("teacher-%d", i), "Spring#2026", "203.0.113.9")
		if err != nil {
			return err
		}
		if stopped = got.status == tooMany && got.header.Get("Retry-After") != ""; stopped {
			break
		}
	}
	a.note("one password for a hundred accounts", stopped, "never stopped")
	got, err = login("teacher-x", "Spring#2026", "203.0.113.10, 203.0.113.9")
	a.want("the same behind a claimed address", got, err, tooMany)
	return nil
}
