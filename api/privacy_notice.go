package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/privacy"
)

// GetPrivacyNotice tells everybody, signed in or not, what the system keeps about people,
// what for and how long.
func (s *server) GetPrivacyNotice(ctx context.Context, _ gen.GetPrivacyNoticeRequestObject) (gen.GetPrivacyNoticeResponseObject, error) {
	rows, err := s.store.Retentions(ctx)
	if err != nil {
		return nil, err
	}
	rules := make([]privacy.Rule, len(rows))
	for i, r := range rows {
		rules[i] = r.Rule
	}
	n := privacy.NoticeOf(s.config.PrivacyText, s.config.PrivacyContact, rules)
	return gen.GetPrivacyNotice200JSONResponse{
		Version: n.Version, Intro: n.Intro, Rights: n.Rights, Contact: n.Contact,
		Classes: convert(n.Classes, func(c privacy.Class) gen.PrivacyClass {
			return gen.PrivacyClass{
				Title: c.Title, Category: c.Category.Title(), Purpose: c.Purpose, Basis: c.Basis, SeenBy: c.SeenBy, Mask: c.Mask,
				Retention: c.Retention.Title(), Fate: c.Fate.Title(), Why: c.Why,
			}
		}),
		Rules: convert(n.Rules, func(r privacy.Rule) gen.PrivacyRule {
			return gen.PrivacyRule{Title: r.Title, From: r.From, Months: r.Months, Basis: r.Basis}
		}),
	}, nil
}
