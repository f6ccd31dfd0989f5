package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// digestView is a weekly digest as it was written down.
func digestView(d *models.Digest, b models.DigestBody) gen.Digest {
	view := gen.Digest{
		Id: d.ID, Org: gen.Ref{Id: d.OrgID, Name: b.OrgName}, CreatedAt: d.CreatedAt, From: dateOf(b.First), To: dateOf(b.Last),
		Open: b.Open, Overdue: b.Overdue, Behind: b.Behind, Orphaned: b.Orphaned, NotStarted: b.NotStarted, Due: b.Due,
		DueUntil: dateOf(b.DueUntil), Confirmed: b.Confirmed, Entered: map[string]int{},
	}
	for _, st := range domain.Stages() {
		if n := b.Entered[st]; n > 0 {
			view.Entered[string(st)] = n
		}
	}
	view.Longest = convert(b.Longest, func(c models.DigestCase) gen.DigestCase {
		return gen.DigestCase{
			CaseId: c.CaseID, School: c.School, District: c.District, Stage: c.Stage, StageName: c.Stage.Name(), TaskName: c.Task.Name(),
			WaitingOrg: c.WaitingOrg, WorkingDays: c.WorkingDays, Overdue: c.Overdue,
		}
	})
	return view
}

// GetDigest shows a weekly digest to the officials of its office and above.
func (s *server) GetDigest(ctx context.Context, r gen.GetDigestRequestObject) (gen.GetDigestResponseObject, error) {
	d, err := s.store.DigestByID(ctx, accessOf(ctx).scope, r.DigestId)
	if err != nil {
		return nil, err
	}
	body, err := d.Decode()
	return gen.GetDigest200JSONResponse(digestView(d, body)), err
}

// SendDigests sends this week's digest before, or besides, its time.
func (s *server) SendDigests(ctx context.Context, _ gen.SendDigestsRequestObject) (gen.SendDigestsResponseObject, error) {
	return gen.SendDigests202Response{}, s.engine.SendDigests(ctx)
}
