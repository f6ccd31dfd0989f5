package attack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"sync"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// atOnce sends the same thing many times together.
func (a *attacker) atOnce(times int, send func(i int) (answer, error)) []answer {
	all := make([]answer, times)
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() {
			got, err := send(i)
			if err != nil {
				got.body = err.Error()
			}
			all[i] = got
		})
	}
	wg.Wait()
	return all
}

// races are won by one, whoever else runs.
func (a *attacker) races(ctx context.Context) error {
	var task struct {
		CaseID, OrgID string
		Role          domain.Role
		Visit         int
	}
	const query = "SELECT case_id, org_id, role, visit FROM tasks WHERE user_id = '' AND status = ? AND role = ? ORDER BY case_id, visit LIMIT 1"
	err := a.Store.DB(ctx).Raw(query, models.TaskOpen, domain.RoleDistrict).Scan(&task).Error
	if err != nil || task.CaseID == "" {
		return fmt.Errorf("a task of an office: %w %w", errNothing, err)
	}
	runners, err := a.runners(ctx, task.OrgID)
	if err != nil {
		return err
	}
	const times = 8
	before, err := a.happened(ctx, task.CaseID, domain.ClaimTask)
	if err != nil {
		return err
	}
	got := a.atOnce(times, func(i int) (answer, error) {
		return a.action(ctx, runners[i%len(runners)], task.CaseID, domain.ClaimTask, newKey(), map[string]any{"visit": task.Visit})
	})
	after, err := a.happened(ctx, task.CaseID, domain.ClaimTask)
	if err != nil {
		return err
	}
	a.note("of many who claim one has it", after-before == 1, fmt.Sprint(after-before, " claims ", tally(got)))
	for i, g := range got {
		a.note(fmt.Sprintf("claim %d", i), g.status == http.StatusOK || g.status >= 400 && g.status < 500 && g.status != tooMany && !beside(g.body),
			fmt.Sprintf("%d %.200s", g.status, g.body))
	}
	return a.sameKey(ctx, runners, task.CaseID, task.Visit)
}

// tally counts statuses.
func tally(all []answer) map[int]int {
	sum := map[int]int{}
	for _, g := range all {
		sum[g.status]++
	}
	return sum
}

// happened counts the events of a kind.
func (a *attacker) happened(ctx context.Context, caseID string, kind domain.Kind) (n int64, err error) {
	return n, a.Store.DB(ctx).Model(&models.Event{}).Where("case_id = ? AND kind = ?", caseID, kind).Count(&n).Error
}

// runners are two people of an office.
func (a *attacker) runners(ctx context.Context, orgID string) ([]string, error) {
	first, err := a.somebody(ctx, domain.RoleDistrict, "grants.org_id = ?", orgID)
	if err != nil {
		return nil, err
	}
	second, err := a.somebody(ctx, domain.RoleBureau, "users.id <> ?", first.ID)
	if err != nil {
		return nil, err
	}
	seat := models.Grant{UserID: second.ID, Role: domain.RoleDistrict, OrgID: orgID, CreatedAt: a.Store.Now()}
	if err := a.Store.DB(ctx).Save(&seat).Error; err != nil {
		return nil, fmt.Errorf("second of an office: %w", err)
	}
	var tokens []string
	for _, u := range []models.User{first, second} {
		token, err := a.enter(ctx, u)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

// sameKey gives the task back, many times with one key: it happens once, and everybody
// hears the same. The same key with other words is refused.
func (a *attacker) sameKey(ctx context.Context, runners []string, caseID string, visit int) error {
	for _, token := range runners {
		before, err := a.happened(ctx, caseID, domain.ReleaseTask)
		if err != nil {
			return err
		}
		key := newKey()
		got := a.atOnce(8, func(int) (answer, error) {
			return a.action(ctx, token, caseID, domain.ReleaseTask, key, map[string]any{"visit": visit})
		})
		after, err := a.happened(ctx, caseID, domain.ReleaseTask)
		if err != nil {
			return err
		}
		a.note("one key, one effect", after-before <= 1 && len(tally(got)) == 1, fmt.Sprint(after-before, " effects ", tally(got)))
		other, err := a.action(ctx, token, caseID, domain.ReleaseTask, key, map[string]any{"visit": visit, "comment": "另一句话"})
		a.refused("one key, other words", other, err)
	}
	return nil
}

// oldGrants misuse permissions to upload: for other bytes, for other places, by others,
// again, and too late.
func (a *attacker) oldGrants(ctx context.Context) error {
	token := a.cast.tokens[domain.RoleSchoolAdmin]
	body, other := paper("一"), paper("二")
	g, err := a.granted(ctx, token, body)
	if err != nil {
		return err
	}
	forge := func(name string, change func(f map[string]string), content []byte) {
		forged := g
		forged.Fields = maps.Clone(g.Fields)
		change(forged.Fields)
		status, err := post(ctx, forged, "证明.pdf", content)
		a.note("store: "+name, err == nil && status >= 400 && status < 500, fmt.Sprint(status, err))
	}
	as := func(map[string]string) {}
	forge("more bytes", as, append([]byte(nil), append(body, ' ')...))
	forge("fewer bytes", as, body[:len(body)-1])
	forge("nothing", as, nil)
	forge("another key", func(f map[string]string) { f["key"] += "x" }, body)
	forge("a key above", func(f map[string]string) { f["key"] = "../" + f["key"] }, body)
	forge("another type", func(f map[string]string) { f["Content-Type"] = "text/html" }, body)
	forge("without policy", func(f map[string]string) { delete(f, "policy") }, body)
	forge("other policy", func(f map[string]string) { f["policy"] = "e30=" }, body)
	forge("without signature", func(f map[string]string) { delete(f, "x-amz-signature") }, body)
	forge("other signature", func(f map[string]string) { f["x-amz-signature"] = missing }, body)
	forge("where to next", func(f map[string]string) { f["success_action_redirect"] = "https://evil.example" }, body)
	forge("open to all", func(f map[string]string) { f["acl"] = "public-read-write" }, body)
	if status, err := post(ctx, g, "证明.pdf", other); err == nil && status/100 == 2 { // what the store lets in is judged
		got, err := a.complete(ctx, token, g)
		a.refused("other bytes of the same size", got, err)
		if g, err = a.granted(ctx, token, body); err != nil {
			return err
		}
	} else {
		a.note("store: other bytes of the same size", err == nil && status >= 400 && status < 500, fmt.Sprint(status, err))
	}
	return a.finished(ctx, token, g, body, other)
}

func paper(text string) []byte {
	return []byte("%PDF-1.7\n1 0 obj<</Type/Catalog/Title(" + text + ")>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
}

func (a *attacker) granted(ctx context.Context, token string, body []byte) (gen.UploadGrant, error) {
	var g gen.UploadGrant
	got, err := a.grant(ctx, token, "证明.pdf", body)
	if err == nil && got.status != http.StatusCreated {
		err = errNothing
	}
	if err != nil {
		return g, fmt.Errorf("grant: %d %.200s %w", got.status, got.body, err)
	}
	return g, json.Unmarshal([]byte(got.body), &g)
}

func (a *attacker) complete(ctx context.Context, token string, g gen.UploadGrant) (answer, error) {
	return a.send(ctx, request{method: http.MethodPost, path: fmt.Sprintf("/api/v1/files/%s/versions/%d/complete", g.FileId, g.N), token: token})
}

// finished uploads what was granted and goes on as if it had not.
func (a *attacker) finished(ctx context.Context, token string, g gen.UploadGrant, body, other []byte) error {
	for role, foreign := range a.cast.foreign {
		got, err := a.complete(ctx, foreign, g)
		a.refused("completed by foreign "+string(role), got, err)
	}
	for _, role := range []domain.Role{domain.RoleTeacher, domain.RolePrincipal, domain.RoleDistrict, domain.RoleSysadmin} {
		got, err := a.complete(ctx, a.cast.tokens[role], g)
		a.refused("completed by "+string(role), got, err)
	}
	if status, err := post(ctx, g, "证明.pdf", body); err != nil || status/100 != 2 {
		return fmt.Errorf("upload: %d %w", status, err)
	}
	for i, got := range a.atOnce(6, func(int) (answer, error) { return a.complete(ctx, token, g) }) {
		a.note(fmt.Sprintf("completed at once %d", i), got.status/100 == 2 || got.status == http.StatusConflict,
			fmt.Sprintf("%d %.200s", got.status, got.body))
	}
	pinned, err := a.version(ctx, g)
	if err != nil {
		return err
	}
	a.note("what was uploaded is current", pinned.State == models.FileChecked && pinned.VersionID != "", string(pinned.State))
	for _, content := range [][]byte{body, other, append([]byte(nil), append(other, '\n')...)} {
		_, _ = post(ctx, g, "证明.pdf", content) // whatever the store makes of it
		_, _ = a.complete(ctx, token, g)
		now, err := a.version(ctx, g)
		a.note("an old grant changes nothing", err == nil && now.VersionID == pinned.VersionID && now.SHA256 == pinned.SHA256 && now.State == pinned.State,
			fmt.Sprintf("%+v", now))
	}
	return a.late(ctx, token)
}

func (a *attacker) version(ctx context.Context, g gen.UploadGrant) (v models.FileVersion, err error) {
	return v, a.Store.DB(ctx).Where("file_id = ? AND n = ?", g.FileId, g.N).Take(&v).Error
}

// late completes an upload once the case has gone on.
func (a *attacker) late(ctx context.Context, token string) error {
	body := paper("三")
	g, err := a.granted(ctx, token, body)
	if err != nil {
		return err
	}
	if status, err := post(ctx, g, "证明.pdf", body); err != nil || status/100 != 2 {
		return fmt.Errorf("upload: %d %w", status, err)
	}
	const move = "UPDATE cases SET stage = ?, state = json_set(state, '$.stage', ?) WHERE id = ?"
	if err := a.Store.DB(ctx).Exec(move, domain.StageClosed, domain.StageClosed, a.cast.victim.ID).Error; err != nil {
		return fmt.Errorf("go on: %w", err)
	}
	got, err := a.complete(ctx, token, g)
	v, errRead := a.version(ctx, g)
	a.refused("completed after the case was closed", got, err)
	a.note("and is not current", errRead == nil && v.State != models.FileChecked, string(v.State))
	got, err = a.grant(ctx, token, "证明.pdf", body)
	a.refused("granted after the case was closed", got, err)
	return a.Store.DB(ctx).Exec(move, a.cast.victim.Stage, a.cast.victim.Stage, a.cast.victim.ID).Error
}
