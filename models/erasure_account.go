package models

import (
	"strings"

	"gorm.io/gorm"
)

// eraseAccount leaves a pseudonym of an account, if it is still due: its id, which events
// and the ledger name, and nothing that leads from there to the person.
func (s *Store) eraseAccount(tx *gorm.DB, l *listing, i *ErasureItem) error {
	var u User
	if err := forUpdate(tx).Where("id = ?", i.Ref).Take(&u).Error; err != nil {
		return fail(err, "lock account to erase")
	}
	due := u.Disabled && u.UpdatedAt.Equal(i.Since) && u.UpdatedAt.Before(l.before)
	if u.ErasedAt != nil || l.run.Kind != ErasurePerson && !due {
		i.becomes(ItemChanged, "账号有变动")
		return nil
	}
	why, err := needed(tx, l.holds, u)
	if err != nil {
		return err
	}
	if why != "" {
		i.becomes(ItemHeld, truncate(why, 255))
		return nil
	}
	name := pseudonym(u.ID)
	if err := s.forgetPerson(tx, u, name); err != nil {
		return err
	}
	for _, named := range []any{&RosterRow{}, &RosterRequest{}} {
		if err := tx.Model(named).Where("user_id = ?", u.ID).UpdateColumn("name", name).Error; err != nil {
			return err
		}
	}
	i.Done = 1
	return audit(tx, AuditEntry{
		Action: "user.erase", SubjectKind: "user", SubjectID: u.ID, OrgID: u.OrgID, Details: map[string]any{"erasure": l.run.ID},
	})
}

// pseudonym is what an erased account is called.
func pseudonym(id string) string {
	plain := strings.ReplaceAll(id, "-", "")
	return "已清理人员" + plain[max(len(plain)-8, 0):]
}

// personRows are the tables of what an account has for itself, by the column that names it.
var personRows = []struct {
	row any
	of  string
}{
	{&Grant{}, "user_id"},
	{&Session{}, "user_id"},
	{&LinkedLogin{}, "user_id"},
	{&SSOGrant{}, "user_id"},
	{&SSOAttempt{}, "user_id"},
	{&Guess{}, "subject"},
	{&RecoveryCode{}, "user_id"},
	{&SecondFactor{}, "user_id"},
	{&OldPassword{}, "user_id"},
	{&Contact{}, "user_id"},
	{&NoticeChoice{}, "user_id"},
	{&UserSettings{}, "user_id"},
	{&Acknowledgement{}, "user_id"},
	{&BoardView{}, "owner_id"},
	{&Notice{}, "user_id"},
	{&Delivery{}, "user_id"},
	{&CopyRow{}, "user_id"},
	{&BulletinRecipient{}, "user_id"},
}

func (s *Store) forgetPerson(tx *gorm.DB, u User, name string) error {
	for _, p := range personRows {
		if err := tx.Where(p.of+" = ?", u.ID).Delete(p.row).Error; err != nil {
			return err
		}
	}
	now := s.Now()
	err := tx.Model(&Delegation{}).Where("(from_user = ? OR to_user = ?) AND ended_at IS NULL AND ends_at > ?", u.ID, u.ID, now).
		Update("ended_at", now).Error
	if err != nil {
		return err
	}
	root, err := rootOf(tx, u.OrgID)
	if err != nil {
		return err
	}
	return tx.Model(&User{}).Where("id = ?", u.ID).Updates(map[string]any{
		"login": "erased-" + u.ID, "name": name, "org_id": root, "disabled": true, "erased_at": now, "updated_at": now,
		"id_number_enc": "", "id_number_index": nil, "id_number_mask": "", "phone_enc": "", "phone_index": "",
		"password_hash": "", "password_at": nil, "must_change": false, "failed": 0, "locked_until": nil, "locked_at": nil, "locked_for": "",
		"privacy_version": "",
	}).Error
}

// rootOf is the organisation at the top of another's tree.
func rootOf(tx *gorm.DB, orgID string) (string, error) {
	var paths []string
	if err := tx.Model(&Org{}).Where("id = ?", orgID).Pluck("path", &paths).Error; err != nil || len(paths) == 0 {
		return orgID, fail(err, "load organisation")
	}
	top, _, _ := strings.Cut(strings.TrimPrefix(paths[0], "/"), "/")
	var ids []string
	err := tx.Model(&Org{}).Where("path = ?", "/"+top+"/").Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return orgID, fail(err, "find root")
	}
	return ids[0], nil
}
