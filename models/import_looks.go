package models

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/roster"
)

const (
	// notChecked is said of a row once an importer has had as many answers as an hour has.
	notChecked = "一小时内核对身份证号的次数已达上限（%d次），这一行没有核对；请先更正前面的行，过一小时再导入"
	// perhapsElsewhere follows what is said of a number that may be somebody's out of reach.
	perhapsElsewhere = "如此人由其他单位调入，请联系双方共同的上级管理部门用“人员调动”办理"
)

// looked keeps what a row's answer tells about whose an ID number is, subject being nil when
// it is nobody's within reach. It reports whether the answer may be told: a sheet has as many
// as look-ups have. What the dry run told, the writing of the same sheet may tell again.
func (b *batch) looked(r *roster.Row, subject *User) (bool, error) {
	if b.silent || b.rights.Self == "" { // nobody is told, or it is the operator at the command line
		return true, nil
	}
	read := PersonalRead{ID: uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "%s row %d", b.j.ID, r.N)).String(), Kind: ReadLookup, Path: b.j.Path}
	var before int64
	if err := b.tx.Model(&PersonalRead{}).Where("id = ?", read.ID).Count(&before).Error; err != nil || before > 0 {
		return true, err
	}
	if b.spent {
		return false, nil
	}
	if subject != nil {
		read.SubjectID, read.Path = subject.ID, b.homes[subject.OrgID]
	}
	err := b.s.keepRead(b.tx, NewRead{
		ViewerID: b.rights.Self, Field: FieldIDNumber, Purpose: PurposeIdentity,
		Words: fmt.Sprintf("导入《%s》第%d行", clipRunes(b.j.FileName, 200), r.N),
	}, read)
	if apperr.Is(err, CodeReadLimit) {
		b.spent = true
		return false, nil
	}
	return err == nil, err
}

// tell says what is wrong with a row whose answer tells whose an ID number is.
func (b *batch) tell(r *roster.Row, subject *User, format string, args ...any) error {
	may, err := b.looked(r, subject)
	switch {
	case err != nil:
		return err
	case may:
		r.Badf(format, args...)
	default:
		r.Badf(notChecked, ReadsAnHour)
	}
	return nil
}

// unasked refuses a row that would look a number up once the importer has had all answers of
// the hour, whatever the answer would be. A number beside the login of its own account asks
// nothing.
func (b *batch) unasked(p *person, named, known *User) (bool, error) {
	if !b.spent || p.r.IDNumber == "" || named != nil && named == known {
		return false, nil
	}
	may, err := b.looked(p.r, known)
	if err == nil && !may {
		p.r.Badf(notChecked, ReadsAnHour)
	}
	return !may, err
}

// CreateUserBy is CreateUser in the name of a person: that the ID number is somebody's
// already is an answer to whose it is, so it is kept and limited like a look-up. Of an
// account out of reach nothing is told but that the number does not do.
func (s *Store) CreateUserBy(ctx context.Context, viewerID string, reach Scope, n NewUser) (*User, error) {
	if strings.TrimSpace(n.IDNumber) == "" {
		return s.CreateUser(ctx, n)
	}
	if err := s.looksLeft(s.DB(ctx), viewerID); err != nil {
		return nil, err
	}
	u, err := s.CreateUser(ctx, n)
	if !errors.Is(err, errNumberTaken) {
		return u, err
	}
	var path string
	keep := s.Tx(ctx, func(tx *gorm.DB) error {
		var holder User
		if err := tx.Where("id_number_index IN ?", s.idIndexes(n.IDNumber)).Take(&holder).Error; err != nil {
			return err
		}
		if err := tx.Model(&Org{}).Where("id = ?", holder.OrgID).Pluck("path", &path).Error; err != nil {
			return err
		}
		look := NewRead{ViewerID: viewerID, Field: FieldIDNumber, Purpose: PurposeIdentity, Words: "新建账号时填写了此身份证号"}
		return s.keepRead(tx, look, PersonalRead{Kind: ReadLookup, SubjectID: holder.ID, Path: path})
	})
	if keep != nil {
		return nil, fail(keep, "keep who asked whose an ID number is")
	}
	if reach.Covers(path) {
		return nil, err
	}
	return nil, apperr.Wrap(err, apperr.Conflict, "这个身份证号不能用来新建账号，请核对号码；"+perhapsElsewhere+"。").On("id_number")
}
