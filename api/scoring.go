package api

import (
	"context"
	"maps"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// GetDossier shows the 15 items and what is still missing.
func (s *server) GetDossier(ctx context.Context, _ gen.GetDossierRequestObject) (gen.GetDossierResponseObject, error) {
	a := accessOf(ctx)
	rows, err := s.store.DossierItems(ctx, a.c.ID)
	if err != nil {
		return nil, err
	}
	from, err := s.store.FilesByID(ctx, convert(rows, func(i models.DossierItem) string { return i.LinkedFileID }))
	v := gen.GetDossier200JSONResponse{Items: []gen.DossierItem{}, Round: a.state.Round}
	for _, i := range rows {
		item := gen.DossierItem{
			No: i.No, Name: i.Name, Form: i.Form, Source: i.Source, Required: i.Required, Ready: i.Ready, UpdatedAt: i.UploadedAt,
		}
		if i.FileID != "" {
			item.File = &gen.FileRef{
				FileId: i.FileID, N: i.N, Name: i.FileName, Size: i.Size, Sha256: i.SHA256, LinkedFrom: linkedFrom(from, i.LinkedFileID, i.LinkedN),
			}
		}
		if i.Ready {
			v.Ready++
		}
		if i.Required {
			v.Required++
		}
		v.Items = append(v.Items, item)
	}
	return v, err
}

func (s *server) selfScore(ctx context.Context, a *access) (gen.SelfScore, error) {
	scores, err := s.store.SelfScores(ctx, a.c.ID, a.state.Round)
	return gen.SelfScore{Round: a.state.Round, Scores: scores, Total: domain.Total(scores)}, err
}

// GetSelfScore shows the school's own score of the current round.
func (s *server) GetSelfScore(ctx context.Context, _ gen.GetSelfScoreRequestObject) (gen.GetSelfScoreResponseObject, error) {
	v, err := s.selfScore(ctx, accessOf(ctx))
	return gen.GetSelfScore200JSONResponse(v), err
}

// PutSelfScore drafts it.
func (s *server) PutSelfScore(ctx context.Context, r gen.PutSelfScoreRequestObject) (gen.PutSelfScoreResponseObject, error) {
	a := accessOf(ctx)
	if err := s.store.PutSelfScores(ctx, a.c.ID, r.Body.Scores); err != nil {
		return nil, err
	}
	v, err := s.selfScore(ctx, a)
	return gen.PutSelfScore200JSONResponse(v), err
}

// ListExpertCandidates lists the experts of the school's district, city and province.
func (s *server) ListExpertCandidates(ctx context.Context, r gen.ListExpertCandidatesRequestObject) (gen.ListExpertCandidatesResponseObject, error) {
	c := accessOf(ctx).c
	users, err := s.store.ExpertsFor(ctx, c, r.Params.Q)
	if err != nil {
		return nil, err
	}
	grants, err := s.store.GrantsOf(ctx, convert(users, func(u models.User) string { return u.ID }))
	if err != nil {
		return nil, err
	}
	names, err := s.store.OrgNames(ctx, convert(users, func(u models.User) string { return u.OrgID }))
	return gen.ListExpertCandidates200JSONResponse{Items: convert(users, func(u models.User) gen.ExpertCandidate {
		same := u.OrgID == c.SchoolID || slices.Contains(orgIDs(grants[u.ID]), c.SchoolID)
		return gen.ExpertCandidate{UserId: u.ID, Name: u.Name, Org: names[u.OrgID], SameSchool: same}
	})}, err
}

func (s *server) scoreDraft(ctx context.Context, a *access) (gen.ScoreDraft, error) {
	rows, err := s.store.ScoreDrafts(ctx, a.c.ID, a.state.Round, a.user.ID)
	v := gen.ScoreDraft{Scores: map[string]domain.Score{}, Notes: map[string]string{}}
	for code, d := range rows {
		if d.Score != nil {
			v.Scores[code] = *d.Score
		}
		if d.Note != "" {
			v.Notes[code] = d.Note
		}
	}
	return v, err
}

// GetScoreDraft shows what the caller has written down so far.
func (s *server) GetScoreDraft(ctx context.Context, _ gen.GetScoreDraftRequestObject) (gen.GetScoreDraftResponseObject, error) {
	v, err := s.scoreDraft(ctx, accessOf(ctx))
	return gen.GetScoreDraft200JSONResponse(v), err
}

// PutScoreDraft keeps unfinished scores.
func (s *server) PutScoreDraft(ctx context.Context, r gen.PutScoreDraftRequestObject) (gen.PutScoreDraftResponseObject, error) {
	a := accessOf(ctx)
	drafts := map[string]models.DraftScore{}
	for code, score := range r.Body.Scores {
		drafts[code] = models.DraftScore{Score: &score, Note: r.Body.Notes[code]}
	}
	for code, note := range r.Body.Notes {
		if _, scored := drafts[code]; !scored {
			drafts[code] = models.DraftScore{Note: note}
		}
	}
	if err := s.store.PutScoreDrafts(ctx, a.c.ID, a.user.ID, drafts); err != nil {
		return nil, err
	}
	v, err := s.scoreDraft(ctx, a)
	return gen.PutScoreDraft200JSONResponse(v), err
}

// scoredRound is the newest round that has scores, or may still get them.
func (s *server) scoredRound(ctx context.Context, a *access) (int, []models.ScoreRow, error) {
	rows, err := s.store.Scores(ctx, a.c.ID, a.state.Round)
	if err != nil || len(rows) > 0 || a.state.Round == 0 || a.state.Stage == domain.StageScoring {
		return a.state.Round, rows, err
	}
	rows, err = s.store.Scores(ctx, a.c.ID, a.state.Round-1)
	return a.state.Round - 1, rows, err
}

// ListScores shows the submitted sheets: all to those who run the panel, an expert only
// the own one.
func (s *server) ListScores(ctx context.Context, r gen.ListScoresRequestObject) (gen.ListScoresResponseObject, error) {
	a := accessOf(ctx)
	round, rows, err := s.scoredRound(ctx, a)
	if asked := r.Params.Round; asked != nil && err == nil {
		round = *asked
		rows, err = s.store.Scores(ctx, a.c.ID, round)
	}
	if err != nil {
		return nil, err
	}
	if !a.seesExperts() {
		rows = filter(rows, func(row models.ScoreRow) bool { return row.ExpertID == a.user.ID })
	}
	names, err := s.store.UserNames(ctx, unique(convert(rows, func(row models.ScoreRow) string { return row.ExpertID })))
	return gen.ListScores200JSONResponse{Round: round, Items: sheets(rows, names)}, err
}

// sheets groups rows, which come sorted by expert.
func sheets(rows []models.ScoreRow, names map[string]string) []gen.ScoreSheet {
	list := []gen.ScoreSheet{}
	for _, r := range rows {
		if n := len(list); n == 0 || list[n-1].ExpertId != r.ExpertID {
			list = append(list, gen.ScoreSheet{
				ExpertId: r.ExpertID, Expert: names[r.ExpertID], Scores: map[string]domain.Score{}, Notes: map[string]string{}, SubmittedAt: r.SubmittedAt,
			})
		}
		sheet := &list[len(list)-1]
		sheet.Scores[r.Indicator] = r.Score
		sheet.Total += r.Score
		if r.Note != "" {
			sheet.Notes[r.Indicator] = r.Note
		}
	}
	return list
}

// handedIn reports whether the dossier of a round, and the self-score with it, is no
// longer the school's draft.
func handedIn(s domain.State, round int) bool {
	return round < s.Round || s.Stage == domain.StageScoring || s.Stage == domain.StageConfirmation || confirmed(s)
}

// GetResults shows what came of the scoring: means only, and to the school only after
// the bureau has confirmed. The school's own score is its draft until handed in.
func (s *server) GetResults(ctx context.Context, _ gen.GetResultsRequestObject) (gen.GetResultsResponseObject, error) {
	a := accessOf(ctx)
	policy, err := s.store.Policy(ctx, a.c.PolicyDigest)
	if err != nil {
		return nil, err
	}
	round, rows, err := s.scoredRound(ctx, a)
	if err != nil {
		return nil, err
	}
	var self map[string]domain.Score
	if a.holds(rules["getSelfScore"].roles...) || handedIn(a.state, round) {
		if self, err = s.store.SelfScores(ctx, a.c.ID, round); err != nil {
			return nil, err
		}
	}
	v := gen.GetResults200JSONResponse{
		Round: round, Confirmed: confirmed(a.state) || round < a.state.Round, Result: a.state.Result,
		Pass: policy.Rubric.Pass, Full: policy.Rubric.Full, Indicators: []gen.IndicatorResult{},
	}
	var means map[string]domain.Score
	if v.Confirmed || a.seesExperts() {
		v.Verdict = a.state.Verdict
		v.Score, means = tally(policy.Rubric, rows)
	}
	for _, i := range policy.Rubric.Indicators {
		row := gen.IndicatorResult{Code: i.Code, Name: i.Name, Max: i.Max}
		if score, ok := self[i.Code]; ok {
			row.Self = &score
		}
		if mean, ok := means[i.Code]; ok {
			row.Mean = &mean
		}
		v.Indicators = append(v.Indicators, row)
	}
	return v, nil
}

// tally is the mean of the submitted totals and of each indicator; nil without scores.
func tally(r domain.Rubric, rows []models.ScoreRow) (*domain.Score, map[string]domain.Score) {
	byExpert := map[string]map[string]domain.Score{}
	for _, row := range rows {
		if byExpert[row.ExpertID] == nil {
			byExpert[row.ExpertID] = map[string]domain.Score{}
		}
		byExpert[row.ExpertID][row.Indicator] = row.Score
	}
	if len(byExpert) == 0 {
		return nil, nil
	}
	t, err := domain.Aggregate(domain.PanelPolicy{}, r, slices.Collect(maps.Values(byExpert)))
	if err != nil {
		return nil, nil // cannot be: there is a sheet
	}
	return &t.Total, t.Indicators
}

// ListCredits is the ledger of a case.
func (s *server) ListCredits(ctx context.Context, r gen.ListCreditsRequestObject) (gen.ListCreditsResponseObject, error) {
	c := accessOf(ctx).c
	rows, next, err := s.store.Credits(ctx, c.ID, models.CreditFilter{Year: r.Params.Year, State: r.Params.State}, page(r.Params.Cursor, r.Params.Limit))
	if err != nil {
		return nil, err
	}
	sums, err := s.store.CreditSums(ctx, c.ID)
	return gen.ListCredits200JSONResponse{
		Next: next,
		Items: convert(rows, func(v models.CreditView) gen.CreditRow {
			return gen.CreditRow{
				UserId: v.UserID, Name: v.Name, Year: v.Year, Hours: v.Hours, State: v.State, StateName: v.State.Name(),
				RecognizedAt: v.RecognizedAt, ConfirmedAt: at(v.ConfirmedAt), RegisteredAt: at(v.RegisteredAt), Receipt: v.Receipt,
			}
		}),
		Sums: convert(sums, func(n models.CreditSum) gen.CreditSum {
			return gen.CreditSum{Year: n.Year, State: n.State, Teachers: n.Rows, Hours: n.Hours}
		}),
	}, err
}
