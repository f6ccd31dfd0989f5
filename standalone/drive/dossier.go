package drive

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
)

// FillDossier uploads every item of the 15 that the system does not fill in by itself,
// and drafts the self-score.
func (s *School) FillDossier(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	for _, item := range rules.Evidence {
		if item.Source != "" {
			continue
		}
		if err := s.uploadItem(ctx, item); err != nil {
			return err
		}
	}
	draft := gen.SelfScoreDraft{Scores: scores(rules.Rubric, 9)}
	return put(ctx, s.Admin, http.MethodPut, s.path("/self-score"), draft)
}

func (s *School) uploadItem(ctx context.Context, item domain.EvidenceItem) error {
	return s.Admin.Upload(ctx, s.CaseID, File{
		Slot: gen.SlotKindDossier, Key: strconv.Itoa(item.No),
		Name: fmt.Sprintf("%02d%s.pdf", item.No, item.Name), Body: PDF(s.Name + item.Name),
	})
}

// SubmitDossier hands in the folder with the self-score.
func (s *School) SubmitDossier(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	return s.act(ctx, s.Admin, domain.SubmitDossier, gen.ActionRequest{Scores: scores(rules.Rubric, 9)})
}

// MendDossier answers a rectification: what the bureau named is uploaded anew and the
// folder handed in again.
func (s *School) MendDossier(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	view, err := s.Admin.Case(ctx, s.CaseID)
	if err != nil {
		return err
	}
	for _, reason := range view.Rectify {
		for _, item := range rules.Evidence {
			if strconv.Itoa(item.No) != reason.Part {
				continue
			}
			if err := s.uploadItem(ctx, item); err != nil {
				return err
			}
		}
	}
	return s.SubmitDossier(ctx)
}

// scores gives every indicator so many tenths of its maximum.
func scores(r domain.Rubric, tenths domain.Score) map[string]domain.Score {
	sheet := map[string]domain.Score{}
	for _, i := range r.Indicators {
		sheet[i.Code] = i.Max * tenths / 10
	}
	return sheet
}
