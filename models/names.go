package models

import (
	"context"

	"zhengxiao/internal/domain"
)

// OrgNames returns the names of organisations by id.
func (s *Store) OrgNames(ctx context.Context, ids []string) (map[string]string, error) {
	var rows []Org
	err := s.DB(ctx).Select("id", "name").Where("id IN ?", sorted(ids)).Find(&rows).Error
	names := make(map[string]string, len(rows))
	for _, o := range rows {
		names[o.ID] = o.Name
	}
	return names, fail(err, "list organisation names")
}

// Seat is a role at an organisation, which is what most tasks wait for.
type Seat struct {
	OrgID string
	Role  domain.Role
}

// SeatHolders returns the names of the enabled accounts in each seat, by name.
func (s *Store) SeatHolders(ctx context.Context, seats []Seat) (map[Seat][]string, error) {
	holders := map[Seat][]string{}
	if len(seats) == 0 {
		return holders, nil
	}
	seated := s.DB(ctx)
	for i, seat := range seats {
		if i == 0 {
			seated = seated.Where("g.org_id = ? AND g.role = ?", seat.OrgID, seat.Role)
			continue
		}
		seated = seated.Or("g.org_id = ? AND g.role = ?", seat.OrgID, seat.Role)
	}
	var rows []struct {
		Seat

		Name string
	}
	err := s.DB(ctx).Table("grants g").Select("g.org_id, g.role, u.name").
		Joins("JOIN users u ON u.id = g.user_id").Where(seated).Where("u.disabled = ?", false).
		Order("u.name, u.id").Scan(&rows).Error
	for _, r := range rows {
		holders[r.Seat] = append(holders[r.Seat], r.Name)
	}
	return holders, fail(err, "list holders of seats")
}
