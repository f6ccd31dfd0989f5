package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/policy"
)

// ListPolicies lists the embedded base policies.
func (s *server) ListPolicies(context.Context, gen.ListPoliciesRequestObject) (gen.ListPoliciesResponseObject, error) {
	list := gen.ListPolicies200JSONResponse{Items: []gen.PolicySummary{}}
	for _, programme := range policy.Programmes() {
		body, err := policy.Base(programme)
		if err != nil {
			return nil, err
		}
		p, err := policy.Parse(body)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, gen.PolicySummary{Programme: programme, Title: p.Title, Digest: policy.Digest(body)})
	}
	return list, nil
}

// GetPolicy returns a merged policy: one that a cohort uses, or a base policy.
func (s *server) GetPolicy(ctx context.Context, r gen.GetPolicyRequestObject) (gen.GetPolicyResponseObject, error) {
	p, err := s.store.Policy(ctx, r.Digest)
	if err == nil {
		return gen.GetPolicy200JSONResponse{Digest: r.Digest, Programme: p.Programme, Value: p}, nil
	}
	if !apperr.Is(err, apperr.NotFound) {
		return nil, err
	}
	for _, programme := range policy.Programmes() {
		body, errBase := policy.Base(programme)
		if errBase != nil {
			return nil, errBase
		}
		if policy.Digest(body) != r.Digest {
			continue
		}
		p, errBase := policy.Parse(body)
		return gen.GetPolicy200JSONResponse{Digest: r.Digest, Programme: programme, Value: p}, errBase
	}
	return nil, err
}

// basePolicy stores the base policy of a programme and returns its digest.
func (s *server) basePolicy(ctx context.Context, programme string) (string, error) {
	body, err := policy.Base(programme)
	if err != nil {
		return "", err
	}
	digest := policy.Digest(body)
	return digest, s.store.PutPolicy(ctx, digest, programme, body)
}
