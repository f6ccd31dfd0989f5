package drive

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
)

// Review passes every teacher's 过程性材料初审, and takes every piece of practice evidence
// through its group's review and the team's grade.
func (s *School) Review(ctx context.Context) error {
	marks := gen.InitialReviewMarks{UserIds: ids(s.Teachers), Result: domain.ReviewPassed}
	out, err := send[gen.InitialReviewOutcome](ctx, s.Admin, http.MethodPut, s.path("/initial-reviews"), marks)
	if err != nil {
		return err
	}
	if len(out.Refused) > 0 {
		return fmt.Errorf("初审 of %s: %d refused, first: %s %s", s.Name, len(out.Refused), out.Refused[0].Code, out.Refused[0].Reason)
	}
	for _, g := range s.groups {
		err := s.work(ctx, g, domain.PointSubmitted, g.leader().Session, "review", gen.PracticeReview{Approve: true})
		if err != nil {
			return err
		}
		err = s.work(ctx, g, domain.PointReviewed, s.Principal, "grade", gen.PracticeGrade{Qualified: true})
		if err != nil {
			return err
		}
	}
	return nil
}

// work takes one step for everything of a group that waits in a status. What an
// unanswered step did shows in the next look at the queue.
func (s *School) work(ctx context.Context, g *group, status domain.PointStatus, who *Session, step string, body any) error {
	for {
		page, err := get[gen.PracticePage](ctx, who, s.path("/practice"),
			url.Values{"status": {string(status)}, "group_id": {g.id}, "limit": {"500"}})
		if err != nil || len(page.Items) == 0 {
			return err
		}
		for _, row := range page.Items {
			err := put(ctx, who, http.MethodPost, s.path("/practice/%s/%s/%s", row.UserId, row.Code, step), body)
			if err != nil && !Refused(err, domain.CodePointStep) {
				return err
			}
		}
	}
}

// SubmitAssessment hands in the counted results.
func (s *School) SubmitAssessment(ctx context.Context) error {
	return s.act(ctx, s.Principal, domain.SubmitAssessment, gen.ActionRequest{})
}
