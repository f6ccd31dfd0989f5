package attack

import (
	"context"
	"fmt"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/notify"
	"zhengxiao/internal/registry"
	"zhengxiao/models"
)

// plant gives the victim what the demo has none of, so that there is something to reach for.
func (a *attacker) plant(ctx context.Context, c cast) error {
	by, teacher := c.users[domain.RoleSysadmin].ID, c.users[domain.RoleTeacher]
	url, secret := "https://hooks.example.org/x", "secret"
	channel, err := a.Store.CreateChannel(ctx, models.Scope{All: true}, models.ChannelDraft{
		OrgID: c.victim.DistrictID, Kind: notify.Webhook, Name: "victim", URL: &url, Secret: &secret, Disabled: true,
	}, by)
	if err != nil {
		return fmt.Errorf("plant channel: %w", err)
	}
	now := a.Store.Now()
	sent := models.Delivery{
		ID: "planted-delivery", ChannelID: channel.ID, Path: channel.Path, Source: "planted", Kind: "test", State: models.DeliverySent, CreatedAt: now,
		QueuedAt: now, EndedAt: &now,
	}
	if err := a.Store.DB(ctx).Create(&sent).Error; err != nil {
		return fmt.Errorf("plant delivery: %w", err)
	}
	if _, _, err := a.machineOf(ctx, c.users[domain.RoleSecurity].ID, c.victim.DistrictID, "progress", ""); err != nil {
		return fmt.Errorf("plant token: %w", err)
	}
	if _, err := a.Store.AskAboutData(ctx, &teacher, models.NewDataRequest{Kind: models.AskAccess, Words: "请提供本人信息"}); err != nil {
		return fmt.Errorf("plant request: %w", err)
	}
	numbers, err := a.Store.Personal(&teacher)
	if err == nil {
		numbers.Phone = number
		err = a.Store.UpdateUser(ctx, teacher.ID, teacher.Name, numbers)
	}
	if err == nil {
		err = a.Store.DB(ctx).Take(&teacher, "id = ?", teacher.ID).Error
	}
	if err == nil {
		_, err = a.Store.Reveal(ctx, &teacher, models.NewRead{ViewerID: by, Field: models.FieldPhone, Purpose: "contact", Words: "核对联系方式"})
	}
	if err != nil {
		return fmt.Errorf("plant a look at a number: %w", err)
	}
	if err := a.plantOffice(ctx, c); err != nil {
		return fmt.Errorf("plant what an office has: %w", err)
	}
	return a.plantRows(ctx, c)
}

// plantOffice gives the victim's district and school what offices make.
func (a *attacker) plantOffice(ctx context.Context, c cast) error {
	by := c.users[domain.RoleSecurity].ID
	if _, err := a.Store.SetHold(ctx, models.Scope{All: true}, models.HoldCase, c.victim.ID, "planted", by); err != nil {
		return err
	}
	if _, err := a.Store.CreateBoardView(ctx, c.users[domain.RolePrincipal].ID, models.NewBoardView{Name: "victim"}); err != nil {
		return err
	}
	if err := a.Store.Raise(ctx, models.Alarm{ID: "planted", Kind: "planted", CaseID: c.victim.ID}); err != nil {
		return err
	}
	const longAgo = 52 * 7
	_, err := a.Store.SendDigest(ctx, c.victim.DistrictID, models.Monday(calendar.DayNumber(a.Store.Now()))-longAgo)
	return err
}

// plantRows writes what comes of a long life only. None of it makes the background do
// anything.
func (a *attacker) plantRows(ctx context.Context, c cast) error {
	v, now, teacher := c.victim, a.Store.Now(), c.users[domain.RoleTeacher]
	by, year := c.users[domain.RoleBureau].ID, now.Year()
	registered := registry.NewRecord(registry.Key{CaseID: v.ID, UserID: teacher.ID, Year: year}, 1, 10, "")
	rows := []any{
		&models.RegistryBatch{
			ID: "planted-batch", OrgID: v.DistrictID, Path: v.Path, Mode: models.RegistryFile, State: models.BatchSent, Records: 1, DueAt: now,
			CreatedBy: by, CreatedAt: now, SentAt: &now,
		},
		&models.RegistryRecord{
			No: registered.No, CaseID: v.ID, UserID: teacher.ID, Year: year, Rev: registered.Rev, Hours: registered.Hours, OrgID: v.DistrictID,
			BatchID: "planted-batch", Path: v.Path, State: registry.Acknowledged, Holds: true, Sends: 1, Receipt: "planted", CreatedAt: now,
			SentAt: &now, ConcludedAt: &now,
		},
		&models.RegistryReversal{
			ID: "planted-reversal", No: registered.No, CaseID: v.ID, UserID: teacher.ID, Year: year, Path: v.Path, Reason: "planted",
			State: models.ReversalAsked, AskedBy: by, AskedAt: now,
		},
		&models.ErasureRun{
			ID: "planted-erasure", OrgID: v.SchoolID, Path: v.Path, Kind: models.ErasurePerson, Classes: "account", SubjectID: teacher.ID,
			OpenSlot: "planted", Status: models.ErasureProposed, Reason: "planted", PreparedBy: by, PreparedAt: now, ProposedBy: by, ProposedAt: &now,
		},
		&models.Delegation{ // of nothing yet
			ID: "planted-delegation", FromUser: c.users[domain.RoleSchoolAdmin].ID, ToUser: teacher.ID, Role: domain.RoleSchoolAdmin, OrgID: v.SchoolID,
			StartsAt: now.AddDate(0, 1, 0), EndsAt: now.AddDate(0, 1, 1), Reason: "planted", CreatedAt: now,
		},
		&models.CopyRow{
			ID: "planted-copy", CaseID: v.ID, Seq: 1, UserID: c.users[domain.RoleSchoolAdmin].ID, SentBy: c.users[domain.RolePrincipal].ID,
			Words: "planted", SentAt: now,
		},
		&models.RosterRequest{
			ID: "planted-request", CaseID: v.ID, UserID: teacher.ID, Name: teacher.Name, OldStatus: domain.RosterActive, NewStatus: domain.RosterLeave,
			Reason: "planted", Status: models.RequestOpen, OpenSlot: teacher.ID, AskedBy: c.users[domain.RoleSchoolAdmin].ID, AskedAt: now,
		},
		&models.ReconcileRun{
			ID: "planted-run", Slot: "planted-run", StartedBy: by, StartedAt: now, BeatAt: now, FinishedAt: &now, Status: models.ReconcileDone,
		},
		&models.CaseRun{ID: "planted-cases", CohortID: v.CohortID, Kind: models.RunCalendar, Reason: "planted", CreatedBy: by, CreatedAt: now},
	}
	for _, row := range rows {
		if err := a.Store.DB(ctx).Create(row).Error; err != nil {
			return fmt.Errorf("plant %T: %w", row, err)
		}
	}
	return nil
}
