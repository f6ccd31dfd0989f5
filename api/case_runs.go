package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// previewedCases is how many cases a preview names.
const previewedCases = 500

// PreviewCohortCalendar tells which deadlines another calendar would move.
func (s *server) PreviewCohortCalendar(
	ctx context.Context, r gen.PreviewCohortCalendarRequestObject,
) (gen.PreviewCohortCalendarResponseObject, error) {
	c, err := accessOf(ctx).runs()
	if err != nil {
		return nil, err
	}
	run := models.CaseRun{CohortID: c.ID, Kind: models.RunCalendar, Target: storedVersion(r.Params.Version)}
	from, err := s.store.CalendarOf(ctx, c.CalendarVersion)
	if err != nil {
		return nil, err
	}
	to, err := s.store.CalendarOf(ctx, run.Target)
	if err != nil {
		return nil, err
	}
	cases, err := s.store.RunCases(ctx, c.ID, models.RunFilter{})
	if err != nil {
		return nil, err
	}
	trials, err := s.store.TryRun(ctx, run, cases)
	view := gen.PreviewCohortCalendar200JSONResponse{Cases: len(cases), Items: []gen.TrialItem{}, Days: dayChanges(from, to)}
	for _, t := range trials {
		if t.Outcome.Code == domain.CodeUnchanged {
			continue
		}
		if t.Outcome.Accepted() {
			view.Moved++
			view.Deadlines += len(t.Moves)
		}
		if len(view.Items) < previewedCases {
			view.Items = append(view.Items, trialOf(t))
		}
	}
	return view, err
}

func trialOf(t models.Trial) gen.TrialItem {
	return gen.TrialItem{
		CaseId: t.Case.ID, School: gen.Ref{Id: t.Case.SchoolID, Name: t.Case.SchoolName}, Stage: string(t.Case.Stage), StageName: t.Case.Stage.Name(),
		Digest: t.Case.PolicyDigest, Allowed: t.Outcome.Accepted(), Code: string(t.Outcome.Code), Message: t.Outcome.Message, Moves: movesOf(t.Moves),
	}
}

func movesOf(list []models.DeadlineMove) []gen.DeadlineMove {
	return convert(list, func(m models.DeadlineMove) gen.DeadlineMove {
		return gen.DeadlineMove{Task: string(m.Task), TaskName: m.Task.Name(), From: at(m.From), To: at(m.To)}
	})
}

// newRun is a run that the caller asks for under a key: the same key is the same run.
func (a *access) newRun(kind, key string, body any) (models.CaseRun, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return models.CaseRun{}, fmt.Errorf("encode request: %w", err)
	}
	sum := sha256.Sum256(raw)
	return models.CaseRun{
		ID: domain.ActionID(a.user.ID, a.batch.ID, domain.Kind("run."+kind), key), CohortID: a.batch.ID, Kind: kind,
		SHA256: hex.EncodeToString(sum[:]), CreatedBy: a.user.ID,
	}, nil
}

// SetCohortCalendar has a cohort count by another calendar, and its open cases work out
// their deadlines again.
func (s *server) SetCohortCalendar(ctx context.Context, r gen.SetCohortCalendarRequestObject) (gen.SetCohortCalendarResponseObject, error) {
	a := accessOf(ctx)
	c, err := a.runs()
	if err != nil {
		return nil, err
	}
	run, err := a.newRun(models.RunCalendar, r.Params.IdempotencyKey, r.Body)
	if err != nil {
		return nil, err
	}
	run.Source, run.Target, run.Reason = storedVersion(r.Body.Seen), storedVersion(r.Body.Version), r.Body.Reason
	if _, err := s.store.CalendarOf(ctx, run.Target); err != nil {
		return nil, err
	}
	cases, err := s.store.RunCases(ctx, c.ID, models.RunFilter{})
	if err != nil {
		return nil, err
	}
	view, err := s.start(ctx, run, cases)
	return gen.SetCohortCalendar202JSONResponse(view), err
}

// start begins a run, or finds the one that was begun under the same key.
func (s *server) start(ctx context.Context, run models.CaseRun, cases []models.Case) (gen.CaseRun, error) {
	var err error
	if run.Kind == models.RunCalendar {
		_, err = s.store.StartRun(ctx, run, cases, s.store.SetCohortCalendar(run.Source, run.Target, run.CreatedBy))
	} else {
		_, err = s.store.StartRun(ctx, run, cases, nil)
	}
	if err != nil {
		return gen.CaseRun{}, err
	}
	return s.runOf(ctx, run.CohortID, run.ID)
}

func (s *server) runOf(ctx context.Context, cohortID, id string) (gen.CaseRun, error) {
	row, err := s.store.Run(ctx, cohortID, id)
	if err != nil {
		return gen.CaseRun{}, err
	}
	return runView(*row), nil
}

var runNames = map[string]string{models.RunCalendar: "更换工作日历", models.RunMigrate: "迁移政策版本"}

func runView(r models.RunView) gen.CaseRun {
	return gen.CaseRun{
		Id: r.ID, Kind: r.Kind, KindName: runNames[r.Kind], Source: r.Source, Target: r.Target, Reason: r.Reason, Cases: r.Cases,
		Accepted: r.Accepted, Refused: r.Refused, Pending: r.Cases - r.Accepted - r.Refused, CreatedAt: r.CreatedAt, CreatedBy: r.ByName,
	}
}

// migrationTarget is the policy that cases may be migrated to: the cohort's own, now or in
// an earlier version of its scheme.
func (s *server) migrationTarget(ctx context.Context, c *models.Cohort, digest string) (string, error) {
	if digest == "" || digest == c.PolicyDigest {
		return c.PolicyDigest, nil
	}
	by, err := s.store.OverlayVersions(ctx, c.Programme, c.ID)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(by[c.ID], func(o models.OverlayView) bool { return o.Digest == digest || o.Replaced == digest }) {
		return "", apperr.Field("target", "只能迁移到本批次考核方案的某一版；请先发布考核方案，再迁移。")
	}
	return digest, nil
}

// PreviewMigration tells what migrating cases would change, and which can not be migrated.
func (s *server) PreviewMigration(ctx context.Context, r gen.PreviewMigrationRequestObject) (gen.PreviewMigrationResponseObject, error) {
	c, err := accessOf(ctx).runs()
	if err != nil {
		return nil, err
	}
	target, err := s.migrationTarget(ctx, c, r.Body.Target)
	if err != nil {
		return nil, err
	}
	f := models.RunFilter{IDs: r.Body.CaseIds, Stage: domain.Stage(r.Body.Stage), DistrictID: r.Body.DistrictId, Text: r.Body.Q}
	cases, err := s.store.RunCases(ctx, c.ID, f)
	if err != nil {
		return nil, err
	}
	cases = filter(cases, func(v models.Case) bool { return v.PolicyDigest != target })
	trials, err := s.store.TryRun(ctx, models.CaseRun{CohortID: c.ID, Kind: models.RunMigrate, Target: target}, cases)
	if err != nil {
		return nil, err
	}
	view := gen.PreviewMigration200JSONResponse{Target: target, Cases: len(cases), Items: convert(trials[:min(len(trials), previewedCases)], trialOf)}
	count := map[string]int{}
	for _, t := range trials {
		count[t.Case.PolicyDigest]++
		if t.Outcome.Accepted() {
			view.Allowed++
		}
	}
	view.Sources, err = s.sourcesOf(ctx, count, target)
	return view, err
}

// sourcesOf tells how each policy that cases are on differs from the target.
func (s *server) sourcesOf(ctx context.Context, cases map[string]int, target string) ([]gen.MigrationSource, error) {
	to, err := s.policyText(ctx, target)
	if err != nil {
		return nil, err
	}
	sources := []gen.MigrationSource{}
	for digest, n := range cases {
		from, err := s.policyText(ctx, digest)
		if err != nil {
			return nil, err
		}
		changes, err := s.changesOf(ctx, from.Programme, []byte(from.Body), []byte(to.Body), nil)
		if err != nil {
			return nil, err
		}
		for i := range changes {
			changes[i].Level, changes[i].Source = "", ""
		}
		sources = append(sources, gen.MigrationSource{Digest: digest, Cases: n, Changes: changes})
	}
	slices.SortFunc(sources, func(a, b gen.MigrationSource) int { return b.Cases - a.Cases })
	return sources, nil
}

// StartMigration sends every chosen case to another version of the policy.
func (s *server) StartMigration(ctx context.Context, r gen.StartMigrationRequestObject) (gen.StartMigrationResponseObject, error) {
	a := accessOf(ctx)
	c, err := a.runs()
	if err != nil {
		return nil, err
	}
	run, err := a.newRun(models.RunMigrate, r.Params.IdempotencyKey, r.Body)
	if err != nil {
		return nil, err
	}
	known, err := s.store.Known(ctx, run)
	if err != nil {
		return nil, err
	}
	if known {
		view, err := s.runOf(ctx, c.ID, run.ID)
		return gen.StartMigration202JSONResponse(view), err
	}
	if run.Target, err = s.migrationTarget(ctx, c, r.Body.Target); err != nil {
		return nil, err
	}
	run.Reason = r.Body.Reason
	cases, err := s.store.RunCases(ctx, c.ID, models.RunFilter{IDs: r.Body.CaseIds})
	if err != nil {
		return nil, err
	}
	if len(cases) != len(unique(r.Body.CaseIds)) {
		return nil, apperr.Field("case_ids", "所选项目中有的不在本批次，或已经办结；请刷新后重新选择。")
	}
	view, err := s.start(ctx, run, cases)
	return gen.StartMigration202JSONResponse(view), err
}

// ListCaseRuns lists the runs over a cohort.
func (s *server) ListCaseRuns(ctx context.Context, r gen.ListCaseRunsRequestObject) (gen.ListCaseRunsResponseObject, error) {
	rows, next, err := s.store.Runs(ctx, accessOf(ctx).batch.ID, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListCaseRuns200JSONResponse{Items: convert(rows, runView), Next: next}, err
}

// GetCaseRun tells how far a run is.
func (s *server) GetCaseRun(ctx context.Context, r gen.GetCaseRunRequestObject) (gen.GetCaseRunResponseObject, error) {
	view, err := s.runOf(ctx, accessOf(ctx).batch.ID, r.Run)
	return gen.GetCaseRun200JSONResponse(view), err
}

// ListCaseRunItems tells what became of each case of a run.
func (s *server) ListCaseRunItems(ctx context.Context, r gen.ListCaseRunItemsRequestObject) (gen.ListCaseRunItemsResponseObject, error) {
	c, err := accessOf(ctx).runs()
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Run(ctx, c.ID, r.Run); err != nil {
		return nil, err
	}
	rows, next, err := s.store.RunItems(ctx, r.Run, r.Params.Status, page(r.Params.Cursor, r.Params.Limit))
	if err != nil {
		return nil, err
	}
	moves, err := s.movesIn(ctx, rows, r.Params.Format)
	if err != nil {
		return nil, err
	}
	list := gen.ListCaseRunItems200JSONResponse{Items: []gen.CaseRunItem{}, Next: next}
	for _, row := range rows {
		item := gen.CaseRunItem{
			CaseId: row.CaseID, School: row.SchoolName, District: row.DistrictName, Stage: string(row.Stage), StageName: row.Stage.Name(),
			Status: row.Status, Code: row.Code, Message: row.Message, DecidedAt: at(row.DecidedAt), Moves: movesOf(moves[row.CaseID]),
		}
		list.Items = append(list.Items, item)
	}
	return list, nil
}

// movesIn are the deadlines that the accepted rows of a page have moved, by case; a workbook
// does not show them.
func (s *server) movesIn(ctx context.Context, rows []models.RunItem, format gen.Format) (map[string][]models.DeadlineMove, error) {
	seqs := map[string]int{}
	for _, row := range rows {
		if row.Status == models.ActionAccepted && format != "xlsx" {
			seqs[row.CaseID] = row.Seq
		}
	}
	if len(seqs) == 0 {
		return nil, nil //nolint:nilnil // none moved any
	}
	return s.store.Moves(ctx, seqs)
}
