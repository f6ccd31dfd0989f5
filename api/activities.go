package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

func topicOf(t models.Topic) gen.Topic {
	return gen.Topic{Id: t.ID, GroupId: t.GroupID, Title: t.Title, Description: t.Description, CreatedAt: t.CreatedAt}
}

// ListTopics lists the 研修专题.
func (s *server) ListTopics(ctx context.Context, r gen.ListTopicsRequestObject) (gen.ListTopicsResponseObject, error) {
	rows, err := s.store.Topics(ctx, accessOf(ctx).c.ID, r.Params.GroupId)
	return gen.ListTopics200JSONResponse{Items: convert(rows, topicOf)}, err
}

// CreateTopic adds a 研修专题 to the caller's group.
func (s *server) CreateTopic(ctx context.Context, r gen.CreateTopicRequestObject) (gen.CreateTopicResponseObject, error) {
	a := accessOf(ctx)
	t, err := s.store.CreateTopic(ctx, models.Topic{
		CaseID: a.c.ID, GroupID: r.Body.GroupId, Title: r.Body.Title, Description: r.Body.Description, CreatedBy: a.user.ID,
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateTopic201JSONResponse(topicOf(*t)), nil
}

func activityOf(p domain.Policy, a models.Activity) gen.Activity {
	v := gen.Activity{
		Id: a.ID, GroupId: a.GroupID, TopicId: a.TopicID, Kind: a.Kind, KindName: a.Kind, Title: a.Title, Description: a.Description,
		Hours: a.Hours, Offline: a.Offline, StartsAt: at(a.StartsAt), EndsAt: at(a.EndsAt),
		PublishedAt: a.PublishedAt, CancelledAt: at(a.CancelledAt),
	}
	if i := slices.IndexFunc(p.Hours.Kinds, func(k domain.ActivityKind) bool { return k.Code == a.Kind }); i >= 0 {
		v.KindName = p.Hours.Kinds[i].Name
	}
	return v
}

// ListActivities lists the 研修活动.
func (s *server) ListActivities(ctx context.Context, r gen.ListActivitiesRequestObject) (gen.ListActivitiesResponseObject, error) {
	c := accessOf(ctx).c
	policy, err := s.store.Policy(ctx, c.PolicyDigest)
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.Activities(ctx, c.ID, r.Params.GroupId, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListActivities200JSONResponse{Next: next, Items: convert(rows, func(a models.Activity) gen.Activity {
		return activityOf(policy, a)
	})}, err
}

// PublishActivity publishes to the caller's group.
func (s *server) PublishActivity(ctx context.Context, r gen.PublishActivityRequestObject) (gen.PublishActivityResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	row, err := s.store.PublishActivity(ctx, a.c.ID, models.NewActivity{
		GroupID: b.GroupId, TopicID: b.TopicId, Kind: b.Kind, Title: b.Title, Description: b.Description,
		Hours: b.Hours, StartsAt: b.StartsAt, EndsAt: b.EndsAt,
	}, a.user.ID)
	if err != nil {
		return nil, err
	}
	policy, err := s.store.Policy(ctx, a.c.PolicyDigest)
	return gen.PublishActivity201JSONResponse(activityOf(policy, *row)), err
}

// CancelActivity withdraws an activity that nobody has hours from.
func (s *server) CancelActivity(ctx context.Context, r gen.CancelActivityRequestObject) (gen.CancelActivityResponseObject, error) {
	a := accessOf(ctx)
	return gen.CancelActivity204Response{}, s.store.CancelActivity(ctx, a.c.ID, r.ActivityId, a.user.ID)
}

// ListParticipations lists who is on an activity.
func (s *server) ListParticipations(ctx context.Context, r gen.ListParticipationsRequestObject) (gen.ListParticipationsResponseObject, error) {
	list, err := s.participations(ctx, accessOf(ctx).c.ID, r.ActivityId)
	return gen.ListParticipations200JSONResponse(list), err
}

func (s *server) participations(ctx context.Context, caseID, activityID string) (gen.ParticipationList, error) {
	if _, err := s.store.Activity(ctx, caseID, activityID); err != nil {
		return gen.ParticipationList{}, err
	}
	rows, err := s.store.Participants(ctx, activityID)
	if err != nil {
		return gen.ParticipationList{}, err
	}
	names, err := s.store.UserNames(ctx, convert(rows, func(p models.Participation) string { return p.UserID }))
	return gen.ParticipationList{Items: convert(rows, func(p models.Participation) gen.Participation {
		return gen.Participation{
			UserId: p.UserID, Name: names[p.UserID], Hours: p.Hours, Content: p.Content, Named: p.NamedBy != "",
			JoinedAt: p.JoinedAt, CompletedAt: at(p.CompletedAt),
		}
	})}, err
}

// NameParticipants records who took part in an offline activity (003:200).
func (s *server) NameParticipants(ctx context.Context, r gen.NameParticipantsRequestObject) (gen.NameParticipantsResponseObject, error) {
	a := accessOf(ctx)
	if err := s.store.NameMembers(ctx, a.c.ID, r.ActivityId, a.user.ID, r.Body.UserIds); err != nil {
		return nil, err
	}
	list, err := s.participations(ctx, a.c.ID, r.ActivityId)
	return gen.NameParticipants200JSONResponse(list), err
}

// JoinActivity puts the caller on an online activity.
func (s *server) JoinActivity(ctx context.Context, r gen.JoinActivityRequestObject) (gen.JoinActivityResponseObject, error) {
	a := accessOf(ctx)
	_, err := s.store.Join(ctx, a.c.ID, r.ActivityId, a.user.ID)
	return gen.JoinActivity204Response{}, err
}

// CompleteActivity records what the caller did.
func (s *server) CompleteActivity(ctx context.Context, r gen.CompleteActivityRequestObject) (gen.CompleteActivityResponseObject, error) {
	a := accessOf(ctx)
	_, err := s.store.Complete(ctx, a.c.ID, r.ActivityId, a.user.ID, r.Body.Content)
	return gen.CompleteActivity204Response{}, err
}
