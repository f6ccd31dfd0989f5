package attack

import (
	"context"
	"fmt"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/notify"
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
	return nil
}
